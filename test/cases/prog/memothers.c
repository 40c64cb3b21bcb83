// SPDX-License-Identifier: GPL-2.0-only
/*
 * memothers WHAT: others use PRAM, or the memory of a process, at the same time.
 *
 *   remove	a node with much memory is removed: meanwhile other calls are served, and see it as LOADING
 *   room DIR	a process whose memory was committed resumes, and its control group has no room for a copy
 *   pin KIND	a monitor reads the memory of the process by process_vm_readv(), and its pin ends while the memory is
 *		taken: nothing is left to the checkpointer
 *   armed	a process looks at a node that is armed for another one, by a system call and by an instruction
 *   hole	a page that the process has never touched is written through two mappings of its node
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "dev.h"
#include "memkind.h"
#include "memtask.h"

#define BIG	(128 << 20)

/* The state of the node, or -ENOENT. */
static int state_of(const char *name)
{
	struct pram_node_info info = { .size = sizeof(info) };

	while (!pram_next(&info))
		if (!strcmp(info.name, name))
			return (int)info.state;
	return -ENOENT;
}

static void save_bytes(const char *name, size_t size)
{
	char *buf = malloc(1 << 20);
	int node = pram_create(name, PRAM_NODE_BYTES);

	must("create", node);
	memset(buf, 'x', 1 << 20);
	for (size_t done = 0; done < size; done += 1 << 20)
		if (write(node, buf, 1 << 20) != 1 << 20)
			die("write to the node: %m");
	must("commit", pram_commit(node));
	close(node);
	free(buf);
}

static void do_remove(void)
{
	int state, seen = 0;
	pid_t pid;

	save_bytes("others", BIG);
	pid = fork();
	if (!pid)
		_exit(pram_remove("others") ? 1 : 0);
	while ((state = state_of("others")) >= 0)
		seen += state == PRAM_STATE_LOADING;
	wait_end(pid);
	if (!seen)
		die("no call was served while the node was removed");
	printf("%d calls were served\n", seen);
}

/* Maps the first mapping of vmas[]. */
static volatile char *map_node(int dev)
{
	char *p = mmap(NULL, vmas[0].end - vmas[0].start, PROT_READ | PROT_WRITE, MAP_SHARED, dev,
		       (off_t)vmas[0].copied);

	if (p == MAP_FAILED)
		die("mmap of the node: %m");
	return p;
}

static int bind_node(const char *name)
{
	struct pram_open arg = { .size = sizeof(arg) };
	int dev = open("/dev/pram", O_RDWR | O_CLOEXEC);

	strcpy(arg.name, name);
	must("bind", ioctl(dev, PRAM_IOC_BIND, &arg) ? -errno : 0);
	return dev;
}

/* Keeps the mappings of the kind in NODE, as vmas[0] and so on, and nothing else. The process is gone. */
static void keep_kind(char *kind)
{
	static char *one[2];
	char *before;

	one[0] = kind;
	names = one;
	end(start_kept(&before));
	free(before);
	for (unsigned int i = 0; i < nr_vmas; i++)
		if (vmas[i].start == (uintptr_t)kind_base(kind_find(kind)))
			vmas[0] = vmas[i];
	if (vmas[0].start != (uintptr_t)kind_base(kind_find(kind)))
		die("%s was not taken", kind);
}

static void do_hole(void)
{
	volatile char *a, *b;
	int dev, node;

	keep_kind("sparse");
	/* while it is open, nobody gets the memory */
	node = pram_open(NODE);
	must("open", node);
	dev = bind_node(NODE);
	a = map_node(dev) + PAGE;
	b = map_node(dev) + PAGE;
	if (a[0] || b[0] || b[1])
		die("the second page is not empty");
	a[0] = 1;
	if (b[0] != 1)
		die("what is written through one mapping is not seen through the other");
	a[PAGE] = 0;	/* the third page is a hole as well, and is written first */
	b[1] = 2;
	if (a[0] != 1 || a[1] != 2 || b[0] != 1)
		die("what is written through the second mapping is lost: %d %d, %d %d", a[0], a[1], b[0], b[1]);
	close(dev);
	close(node);
	printf("both mappings show one page\n");
}

static void do_armed(void)
{
	static char *small[] = { "small", NULL };
	struct pram_put arg = { .size = sizeof(arg), .flags = PRAM_PUT_ARM };
	struct iovec from = { .iov_len = PAGE }, to = { .iov_len = PAGE };
	volatile char *p;
	char page[PAGE], *before;
	int dev, node;
	pid_t pid;

	names = small;
	end(start_kept(&before));
	free(before);
	pid = start_bound(NODE);
	dev = bind_node(NODE);
	p = map_node(dev);
	node = pram_open(NODE);
	must("open", node);
	arg.pidfd = pidfd(pid);
	must("arm", ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0);
	from.iov_base = (char *)p;
	to.iov_base = page;
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != PAGE)
		die("process_vm_readv: %m");
	if (p[0] != page[0] || p[PAGE - 1] != page[PAGE - 1])
		die("a system call and an instruction do not see the same");
	munmap((char *)p, vmas[0].end - vmas[0].start);
	close(dev);
	close(node);
	kill(pid, SIGCONT);
	wait_end(pid);
	printf("both see the node\n");
}

/* Sets the limit of the control group, to what it uses and @room if @room is set. */
static void limit_group(const char *group, unsigned long room)
{
	char path[256], text[32] = "max";
	FILE *f;

	if (room) {
		unsigned long now;

		snprintf(path, sizeof(path), "%s/memory.current", group);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%lu", &now) != 1)
			die("cannot read %s", path);
		fclose(f);
		snprintf(text, sizeof(text), "%lu", now + room);
	}
	snprintf(path, sizeof(path), "%s/memory.max", group);
	f = fopen(path, "we");
	if (!f || fputs(text, f) < 0 || fclose(f))
		die("cannot write %s", path);
}

static void do_room(const char *group)
{
	static char *small[] = { "small", NULL };
	char *before;
	pid_t pid;
	int status;

	names = small;
	pid = start_kept(&before);
	limit_group(group, 1 << 20);
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %m");
	limit_group(group, 0);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		die("the process ended with %x instead of SIGKILL", status);
	pid = start_bound(NODE);
	put(NODE, pid);
	kill(pid, SIGCONT);
	wait_end(pid);
}

/* --- pin: the monitor's own buffer is not there, so it waits while it has the page pinned ---------------------- */

static struct pin {
	pid_t pid;		/* the process that is taken */
	char *remote;
	char *buffer;
	int uffd;
	sem_t held;
	atomic_bool taken;
	atomic_int reader;
	double ended;		/* when the pin ended, see seconds() */
} pin;

/*
 * The kernel waits at least 20 ms for a pin. On a busy machine the pin of an attempt may take longer, which
 * shows nothing; of an attempt with a pin that ends within this time nothing may be left.
 */
#define PIN_SECONDS 0.015
#define PIN_ATTEMPTS 50

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *pin_monitor(void *unused)
{
	struct iovec local = { pin.buffer, PAGE }, remote = { pin.remote, PAGE };

	(void)unused;
	if (process_vm_readv(pin.pid, &local, 1, &remote, 1, 0) != PAGE)
		die("process_vm_readv: %m");
	pin.ended = seconds();
	return NULL;
}

/* Reads what needs the mmap lock of the process. It waits when the kernel takes the memory. */
static void *pin_reader(void *unused)
{
	char path[64], text[4096];

	(void)unused;
	pin.reader = gettid();
	snprintf(path, sizeof(path), "/proc/%d/maps", pin.pid);
	while (!pin.taken) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		if (fd < 0 || read(fd, text, sizeof(text)) < 0)
			die("cannot read %s", path);
		close(fd);
	}
	return NULL;
}

static bool reader_waits(void)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", pin.reader);
	f = fopen(path, "re");
	if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		die("cannot read %s", path);
	fclose(f);
	return state == 'D';
}

static void *pin_release(void *unused)
{
	struct uffdio_zeropage zero = { .range = { (uintptr_t)pin.buffer, PAGE } };
	struct uffd_msg msg;

	(void)unused;
	if (read(pin.uffd, &msg, sizeof(msg)) != sizeof(msg))
		die("userfaultfd: %m");
	sem_post(&pin.held);
	while (!pin.reader || (!pin.taken && !reader_waits()))
		;
	if (ioctl(pin.uffd, UFFDIO_ZEROPAGE, &zero))
		die("UFFDIO_ZEROPAGE: %m");
	return NULL;
}

static void pin_prepare_buffer(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	pin.buffer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pin.uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range = (struct uffdio_range){ (uintptr_t)pin.buffer, PAGE };
	if (pin.buffer == MAP_FAILED || pin.uffd < 0 || ioctl(pin.uffd, UFFDIO_API, &api) ||
	    ioctl(pin.uffd, UFFDIO_REGISTER, &reg))
		die("userfaultfd: %m");
}

static bool anything_is_left(void)
{
	for (unsigned int i = 0; i < nr_vmas; i++)
		if (vmas[i].left && vmas[i].start == (uintptr_t)pin.remote - 3 * PAGE)
			return true;
	return false;
}

/* Returns whether the kernel has taken the page; @ret_pinned: how long it was pinned meanwhile. */
static bool pin_attempt(double *ret_pinned)
{
	static void *(*const run[])(void *) = { pin_monitor, pin_reader, pin_release };
	pthread_t thread[3];
	struct pram_take arg;
	double begin;
	bool left;
	int node;

	pin.pid = start();
	pin.taken = false;
	pin.reader = 0;
	pin_prepare_buffer();
	sem_init(&pin.held, 0, 0);
	for (unsigned int i = 0; i < 3; i++)
		if (pthread_create(&thread[i], NULL, run[i], NULL))
			die("pthread_create");
	sem_wait(&pin.held);
	begin = seconds();
	node = pram_create(NODE, PRAM_NODE_MEMORY);
	must("create", node);
	must("take", take(node, pin.pid, &arg));
	left = anything_is_left();
	pin.taken = true;
	for (unsigned int i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	*ret_pinned = pin.ended - begin;
	close(node);
	close(pin.uffd);
	munmap(pin.buffer, PAGE);
	kill(pin.pid, SIGCONT);
	wait_end(pin.pid);
	return !left;
}

static void do_pin(char *kind)
{
	static char *one[2];
	double pinned;

	one[0] = kind;
	names = one;
	pin.remote = kind_base(kind_find(kind)) + 3 * PAGE;
	for (unsigned int i = 0; i < PIN_ATTEMPTS; i++) {
		bool whole = pin_attempt(&pinned);

		printf("pinned for %.1f ms, %s\n", pinned * 1e3, whole ? "taken" : "left");
		if (whole)
			return;
		if (pinned < PIN_SECONDS)
			die("a page that was pinned for %.1f ms is left", pinned * 1e3);
	}
	die("no pin ended within %g ms", PIN_SECONDS * 1e3);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	memtask_init();
	if (!strcmp(what, "remove"))
		do_remove();
	else if (!strcmp(what, "hole"))
		do_hole();
	else if (!strcmp(what, "armed"))
		do_armed();
	else if (!strcmp(what, "pin") && argc == 3)
		do_pin(argv[2]);
	else if (!strcmp(what, "room") && argc == 3)
		do_room(argv[2]);
	else
		die("memothers: see the comment at the top of memothers.c");
	return 0;
}
