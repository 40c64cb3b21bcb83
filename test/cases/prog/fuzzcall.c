// SPDX-License-Identifier: GPL-2.0-only
/* The calls of devfuzz. Each returns -errno on an error, which is as good as a success. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz.h"

#define FILE_PAGES	40u

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

/* --- all of them ---------------------------------------------------------------------------------------------- */

#define CALL(name, weight) { #name, weight, do_##name }

const struct fuzz_call fuzz_calls[FUZZ_CALLS] = {
	CALL(open_device, 2), CALL(close, 2), CALL(steal, 2), CALL(create, 4), CALL(open, 2), CALL(remove, 1),
	CALL(info, 1), CALL(next, 1), CALL(release, 1), CALL(write, 2), CALL(read, 2), CALL(seek, 1),
	CALL(commit, 2), CALL(commit_all, 4), CALL(make_file, 1), CALL(add_file, 2), CALL(load_file, 4), CALL(hide, 1),
	CALL(start_task, 2), CALL(bind_task, 4), CALL(take, 6), CALL(arm, 4), CALL(put, 4), CALL(continue, 2),
	CALL(kill, 1), CALL(bind, 2), CALL(map, 3), CALL(look, 2), CALL(unmap, 1),
};
