// SPDX-License-Identifier: GPL-2.0-only
/*
 * devfuzz SECONDS [SEED]: two processes make calls of /dev/pram in random order.
 *
 * They share the names of the nodes, the descriptors (one takes those of the other with pidfd_getfd()), and the tasks
 * whose memory is taken. Some arguments are damaged. From the same seed each process draws the same calls, whatever the
 * earlier ones have returned; only how the two interleave differs.
 *
 * At the end all nodes can be removed, and the counters are as before. All memory and all files contain a pattern, so a
 * page that belongs to somebody else is found. Each call must have succeeded at least once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define FILE_PAGES	40u
#define LOST_SECONDS	120	/* a process that does not end by then hangs */

#define CALLS(X) \
	X(open_device) X(close) X(steal) X(create) X(open) X(remove) X(info) X(next) X(release) X(write) X(read) \
	X(seek) X(commit) X(commit_all) X(make_file) X(add_file) X(load_file) X(hide) X(start_task) X(bind_task) \
	X(take) X(arm) X(put) X(continue) X(kill) X(bind) X(map) X(look) X(unmap)

enum call {
#define X(name) CALL_##name,
	CALLS(X)
#undef X
	NR_CALLS
};

static const char *const call_names[] = {
#define X(name) #name,
	CALLS(X)
#undef X
};

static struct {
	volatile enum call at;
	uint64_t done[NR_CALLS], good[NR_CALLS];
} *counts;	/* of the two workers, in shared memory */

/* --- calls on the device -------------------------------------------------------------------------------------- */

static int do_open_device(void)
{
	return keep(open("/dev/pram", O_RDWR | O_CLOEXEC), DEVICE, 0, 0);
}

static int do_close(void)
{
	struct slot *s = &shared->slots[me][draw(SLOTS)];

	if (s->kind == EMPTY)
		return -ENOENT;
	empty(s);
	return 0;
}

/* Takes a descriptor of the device or of a node from the other worker, which goes on using it. */
static int do_steal(void)
{
	struct slot s = shared->slots[!me][draw(SLOTS)];
	char path[32], name[64] = "";
	int pidfd, fd;

	if (s.kind == EMPTY || s.kind == MEMFD || !shared->workers[!me])
		return -ENOENT;
	pidfd = (int)syscall(SYS_pidfd_open, shared->workers[!me], 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, s.fd, 0);
	close(pidfd);
	/* The other worker may have closed it, and opened a file. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && (readlink(path, name, sizeof(name) - 1) < 0 || strstr(name, "memfd:"))) {
		close(fd);
		return -EAGAIN;
	}
	return keep(fd, s.kind, s.type, s.name);
}

static int do_create(void)
{
	struct pram_create arg = { .size = sizeof(arg), .type = 1 + draw(3) };
	unsigned int name = draw(NAMES);

	if (rarely())
		arg.type = draw(6);
	fuzz_name(arg.name, name);
	return keep(call(pick_device(), PRAM_IOC_CREATE, &arg), NEW, arg.type, name);
}

/* The node has any type. Only one that fits has an effect in the calls that follow. */
static int do_open(void)
{
	struct pram_open arg = { .size = sizeof(arg) };
	unsigned int name = draw(NAMES);

	fuzz_name(arg.name, name);
	return keep(call(pick_device(), PRAM_IOC_OPEN, &arg), OLD, 0, name);
}

static int do_remove(void)
{
	struct pram_open arg = { .size = sizeof(arg) };

	fuzz_name(arg.name, draw(NAMES));
	return call(pick_device(), PRAM_IOC_REMOVE, &arg);
}

static int do_info(void)
{
	struct pram_info arg = { .size = sizeof(arg) };

	return call(pick_device(), PRAM_IOC_INFO, &arg);
}

static int do_next(void)
{
	struct pram_node_info arg = { .size = sizeof(arg), .cursor = rarely() ? draw(1 << 20) : 0 };

	return call(pick_device(), PRAM_IOC_NEXT, &arg);
}

static int do_release(void)
{
	struct pram_release arg = { .size = sizeof(arg) };

	return call(pick_device(), PRAM_IOC_RELEASE, &arg);
}

static int do_commit_all(void)
{
	struct pram_commit arg = { .size = sizeof(arg), .nr = 1 + draw(2) };
	char names[3 * PRAM_NAME_MAX], *end = names;

	for (uint32_t i = 0; i < arg.nr; i++) {
		fuzz_name(end, draw(NAMES));
		end += strlen(end) + 1;
	}
	arg.names = (uintptr_t)names;
	arg.bytes = (uint64_t)(end - names);
	return call(pick_device(), PRAM_IOC_COMMIT_ALL, &arg);
}

/* --- byte nodes ----------------------------------------------------------------------------------------------- */

static int result(ssize_t n)
{
	return n < 0 ? -errno : 0;
}

static int do_write(void)
{
	static char data[65536];
	struct slot *s = pick(NEW, PRAM_NODE_BYTES);
	size_t len = draw(sizeof(data));

	memset(data, 'x', sizeof(data));
	return s ? result(write(s->fd, data, len)) : -ENOENT;
}

static int do_read(void)
{
	char data[8192];
	struct slot *s = pick(OLD, -1);
	size_t len = draw(sizeof(data));
	off_t off = (off_t)draw(65536);
	ssize_t n;

	if (!s)
		return -ENOENT;
	n = draw(2) ? pread(s->fd, data, len, off) : read(s->fd, data, len);
	for (ssize_t i = 0; i < n; i++)
		if (data[i] != 'x') {
			wrong("a byte node has changed");
			break;
		}
	return result(n);
}

static int do_seek(void)
{
	struct slot *s = pick(OLD, -1);
	off_t off = (off_t)draw(65536);
	int whence = (int)draw(3);

	return s ? result(lseek(s->fd, off, whence)) : -ENOENT;
}

static int do_commit(void)
{
	struct slot *s = pick(NEW, -1);

	return s ? call(s->fd, PRAM_IOC_COMMIT, NULL) : -ENOENT;
}

/* --- files ---------------------------------------------------------------------------------------------------- */

/* It has all pages, or is empty or one hole, if it was when it was put into the node. */
static void check_file(int fd)
{
	bool hole = lseek(fd, 0, SEEK_DATA) < 0;
	uint64_t word;

	for (uint64_t i = 0; i < FILE_PAGES && !hole; i++)
		if (pread(fd, &word, sizeof(word), (off_t)(i * PAGE)) != sizeof(word) || word != word_at(i)) {
			wrong("a file has changed");
			return;
		}
}

/* With contents, or for a load. */
static int do_make_file(void)
{
	int fd = memfd_create("devfuzz", MFD_CLOEXEC);
	bool full = draw(2);

	for (uint64_t i = 0; full && fd >= 0 && i < FILE_PAGES; i++) {
		uint64_t words[PAGE / 8] = { word_at(i) };

		if (pwrite(fd, words, PAGE, (off_t)(i * PAGE)) != PAGE)
			return -errno;
	}
	return keep(fd, MEMFD, full, 0);
}

static int call_file(unsigned long nr, enum slot_kind node, int type, int full)
{
	struct pram_file arg = { .size = sizeof(arg) };
	struct slot *s = pick(node, type), *file = pick(MEMFD, full);
	int ret;

	arg.fd = file ? file->fd : -1;
	ret = s ? call(s->fd, nr, &arg) : -ENOENT;
	if (!ret && nr == PRAM_IOC_LOAD_FILE && file && arg.fd == file->fd)
		check_file(file->fd);
	return ret;
}

static int do_add_file(void)
{
	return call_file(PRAM_IOC_ADD_FILE, NEW, PRAM_NODE_FILE, 1);
}

static int do_load_file(void)
{
	return call_file(PRAM_IOC_LOAD_FILE, OLD, -1, 0);
}

static int do_hide(void)
{
	struct pram_hide arg = { .size = sizeof(arg) };
	struct slot *file = pick(MEMFD, -1);

	arg.fd = file ? file->fd : -1;
	return keep(call(pick_device(), PRAM_IOC_HIDE, &arg), HIDDEN, 0, 0);
}

/* --- memory --------------------------------------------------------------------------------------------------- */

static int do_start_task(void)
{
	return start_task(-1, 0);
}

static int do_bind_task(void)
{
	unsigned int name = draw(NAMES);

	return start_task(shared->off[name], name);
}

static int do_take(void)
{
	struct slot *s = pick(NEW, PRAM_NODE_MEMORY);
	struct task *t = pick_task(false);
	struct pram_take arg = { .size = sizeof(arg), .min_bytes = rarely() ? PAGE : LEN, .max_shared = draw(2) * LEN };
	pid_t pid = t ? t->pid : 0;
	int ret;

	arg.pidfd = pidfd_of(t);
	arg.dev_fd = pick_device();
	ret = s ? call(s->fd, PRAM_IOC_TAKE, &arg) : -ENOENT;
	close(arg.pidfd);
	if (!ret && offset_of(pid) >= 0)
		shared->off[s->name] = offset_of(pid);
	return ret;
}

static int put(uint32_t flags)
{
	struct pram_put arg = { .size = sizeof(arg), .flags = flags };
	struct task *t = pick_task(true);
	struct pram_open open = { .size = sizeof(open) };
	unsigned int name = t ? t->name : 0;
	int fd, ret;

	fuzz_name(open.name, name);
	fd = call(pick_device(), PRAM_IOC_OPEN, &open);
	if (fd < 0)
		return fd;
	arg.pidfd = pidfd_of(t);
	ret = call(fd, PRAM_IOC_PUT, &arg);
	close(arg.pidfd);
	keep(fd, OLD, PRAM_NODE_MEMORY, name);
	return ret;
}

static int do_arm(void)
{
	return put(PRAM_PUT_ARM);
}

static int do_put(void)
{
	return put(0);
}

static int do_continue(void)
{
	struct task *t = &shared->tasks[me][draw(TASKS)];

	return t->pid ? continue_task(t) : -ENOENT;
}

static int do_kill(void)
{
	struct task *t = &shared->tasks[me][draw(TASKS)];

	if (!t->pid)
		return -ENOENT;
	end_task(t);
	return 0;
}

/* --- a worker maps a node ------------------------------------------------------------------------------------- */

static int do_bind(void)
{
	struct pram_open arg = { .size = sizeof(arg) };

	fuzz_name(arg.name, draw(NAMES));
	return call(pick_device(), PRAM_IOC_BIND, &arg);
}

static int do_map(void)
{
	int prot = (int)(1 + draw(3)), fd = pick_device();
	void *p = mmap(VIEW, LEN, prot, MAP_SHARED | MAP_FIXED, fd, (off_t)(draw(3) * PAGE));

	return p == MAP_FAILED ? -errno : 0;
}

/* Not by an instruction: this process would get the memory of the node, or a signal. */
static int do_look(void)
{
	char page[PAGE];
	struct iovec to = { page, PAGE }, from = { VIEW + draw(LEN / PAGE) * PAGE, PAGE };

	return result(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static int do_unmap(void)
{
	return munmap(VIEW + draw(2) * (LEN / 2), LEN / 2) ? -errno : 0;
}

/* --- the workers ---------------------------------------------------------------------------------------------- */

static int (*const calls[])(void) = {
#define X(name) do_##name,
	CALLS(X)
#undef X
};

static _Noreturn void work(unsigned int number, uint64_t seed)
{
	me = number;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uint64_t n = 0; !shared->stop && !shared->wrong; n++) {
		enum call c;

		draw_from(seed, n);
		c = (enum call)draw(NR_CALLS);
		counts[me].at = c;
		counts[me].good[c] += calls[c]() >= 0;
		counts[me].done[c]++;
	}
	for (unsigned int i = 0; i < TASKS; i++)
		if (shared->tasks[me][i].pid)
			end_task(&shared->tasks[me][i]);
	_exit(0);
}

/* Reaps what has ended. Returns false if there are no processes any more. */
static bool reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned int i = 0; i < 2; i++)
			if (pid == shared->workers[i] && status)
				die("process %u has ended with status %x in %s", i, status, call_names[counts[i].at]);
	return pid == 0;
}

static void run(unsigned int seconds, uint64_t seed)
{
	for (unsigned int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (!pid)
			work(i, seed);
		if (pid < 0)
			die("fork: %s", strerror(errno));
		shared->workers[i] = pid;
	}
	for (unsigned int i = 0; i < seconds && !shared->wrong && reap(); i++)
		sleep(1);
	shared->stop = true;
	for (unsigned int i = 0; reap(); i++) {
		if (i > LOST_SECONDS * 10)
			die("a process hangs: the last calls are %s and %s", call_names[counts[0].at],
			    call_names[counts[1].at]);
		usleep(100000);
	}
}

/* --- what is left --------------------------------------------------------------------------------------------- */

/* A damaged argument may have created a node with another name. */
static void remove_all(void)
{
	struct pram_node_info info = { 0 };
	int ret;

	while (!pram_next(&info)) {
		ret = pram_remove(info.name);
		if (ret)
			die("%s, state %u, cannot be removed: %s", info.name, info.state, strerror(-ret));
	}
}

static void compare(const struct pram_info *a, const struct pram_info *b)
{
	if (a->nodes != b->nodes || a->corrupt != b->corrupt || a->pages != b->pages ||
	    a->meta_pages != b->meta_pages || a->unclaimed_pages != b->unclaimed_pages)
		die("nodes, corrupt, pages, meta, unclaimed: %u %u %llu %llu %llu before, %u %u %llu %llu %llu now",
		    a->nodes, a->corrupt, a->pages, a->meta_pages, a->unclaimed_pages, b->nodes, b->corrupt,
		    b->pages, b->meta_pages, b->unclaimed_pages);
}

static void summary(void)
{
	for (unsigned int i = 0; i < NR_CALLS; i++) {
		uint64_t done = counts[0].done[i] + counts[1].done[i], good = counts[0].good[i] + counts[1].good[i];

		printf("%-12s %8lu calls, %8lu succeeded\n", call_names[i], done, good);
		if (!good)
			shared->wrong = true;
	}
	if (shared->wrong)
		die("see above: something has changed, or a call never succeeded");
}

static void *share(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : (uint64_t)time(NULL);
	struct pram_info before, after;

	if (argc < 2)
		die("usage: devfuzz SECONDS [SEED]");
	printf("seed %lu\n", seed);
	fflush(stdout);
	shared = share(sizeof(*shared));
	counts = share(2 * sizeof(*counts));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pram_info(&before) || before.nodes)
		die("PRAM does not answer, or has nodes already");
	run((unsigned int)atoi(argv[1]), seed);
	remove_all();
	if (pram_info(&after))
		die("PRAM does not answer");
	compare(&before, &after);
	summary();
	return 0;
}
