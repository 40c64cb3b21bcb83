// SPDX-License-Identifier: GPL-2.0-only
/*
 * memexit kept|bound|armed|taken: a process that holds robust mutexes is killed while its memory is in a node.
 *
 *   kept	after the commit: the restored process holds the mutexes, so they must stay as they are
 *   bound	while it is restored, and armed: the next restore finds everything as it was
 *   taken	before the commit: it is dead, and its mutexes say so
 *
 * One mutex is in shared memory, one in memory that is in the node, with the word of the thread ID. Another process
 * that uses the address space lives on, because the kernel clears that word only for somebody else.
 *
 * Before the process is killed, another one crashes. If kernel.core_pattern names a program that does not exist, the
 * kernel thread that should execute it ends: it has no memory, and ends the way of a process.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
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
#include <unistd.h>

#include "dev.h"

#define NODE	"memexit"
#define BASE	((char *)0x200000000000ul)
#define LEN	(1ul << 20)

struct lock {
	struct robust_list list;
	uint32_t word;
};

/* In the memory that is taken. */
struct owned {
	struct robust_list_head head;
	struct lock lock;
	uint32_t tid;
};

static struct owned *const owned = (struct owned *)BASE;
static struct lock *shared;
static char stack[65536];

static int pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static pid_t stopped(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("the process ended with %x", status);
	return pid;
}

static _Noreturn int stay(void *unused)
{
	(void)unused;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		raise(SIGSTOP);
}

/* Locks both mutexes and starts the other process. Does not return. @fd gets the PID of that. */
static _Noreturn void hold(int fd)
{
	struct owned own = {
		.head = { .list.next = &owned->lock.list, .futex_offset = offsetof(struct lock, word) },
		.lock = { .list.next = &shared->list, .word = (uint32_t)getpid() },
		.tid = (uint32_t)getpid(),
	};
	struct iovec from = { &own, sizeof(own) }, to = { owned, sizeof(own) };
	pid_t pid;

	shared->list.next = &owned->head.list;
	shared->word = own.tid;
	/* Not by an instruction: the process would count as running, and get the memory of the node. */
	if (process_vm_writev(getpid(), &from, 1, &to, 1, 0) != sizeof(own))
		die("process_vm_writev: %s", strerror(errno));
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	syscall(SYS_set_robust_list, &owned->head, sizeof(owned->head));
	syscall(SYS_set_tid_address, &owned->tid);
	pid = clone(stay, stack + sizeof(stack), CLONE_VM | CLONE_PARENT | SIGCHLD, NULL);
	if (pid < 0 || write(fd, &pid, sizeof(pid)) != sizeof(pid))
		die("clone: %s", strerror(errno));
	for (;;)
		raise(SIGSTOP);
}

/* Starts a process in fresh memory, or in that of the node. */
static pid_t start(long off, pid_t *ret_other)
{
	struct pram_open arg = { .size = sizeof(arg), .name = NODE };
	int fds[2], dev = -1, flags = MAP_FIXED | (off < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);
	pid_t pid;

	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		if (off >= 0) {
			dev = open("/dev/pram", O_RDWR | O_CLOEXEC);
			if (ioctl(dev, PRAM_IOC_BIND, &arg))
				die("bind: %s", strerror(errno));
		}
		if (mmap(BASE, LEN, PROT_READ | PROT_WRITE, flags, dev, off < 0 ? 0 : off) != BASE)
			die("mmap: %s", strerror(errno));
		if (dev >= 0)
			close(dev);
		else
			memset(BASE + PAGE, 'x', LEN - PAGE);
		hold(fds[1]);
	}
	if (read(fds[0], ret_other, sizeof(*ret_other)) != sizeof(*ret_other))
		die("read: %s", strerror(errno));
	close(fds[0]);
	close(fds[1]);
	stopped(*ret_other);
	return stopped(pid);
}

static int take(pid_t pid)
{
	struct pram_take arg = {
		.size = sizeof(arg),
		.pidfd = pidfd(pid),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = LEN,
	};
	int node = pram_create(NODE, PRAM_NODE_MEMORY);

	if (node < 0 || ioctl(node, PRAM_IOC_TAKE, &arg))
		die("take: %s", strerror(errno));
	close(arg.dev_fd);
	return node;
}

static void arm(pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(pid), .flags = PRAM_PUT_ARM };
	int node = pram_open(NODE);

	if (node < 0 || ioctl(node, PRAM_IOC_PUT, &arg))
		die("arm: %s", strerror(errno));
	close(node);
}

/* The offset of the mapping in the node. */
static long offset_of(pid_t pid)
{
	char path[64], line[512];
	unsigned long from, to, off;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %*s %lx", &from, &to, &off) == 3 && from == (uintptr_t)BASE &&
		    strstr(line, "/dev/pram")) {
			fclose(f);
			return (long)off;
		}
	}
	die("the memory was not taken");
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		die("waitpid: %s", strerror(errno));
}

static void crash(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		abort();
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		die("no process crashed");
}

/* What the next process finds in the node; it gets the memory. */
static void look(long off, pid_t pid)
{
	struct pram_open arg = { .size = sizeof(arg), .name = NODE };
	int dev = open("/dev/pram", O_RDWR | O_CLOEXEC);

	if (ioctl(dev, PRAM_IOC_BIND, &arg) ||
	    mmap(BASE, LEN, PROT_READ, MAP_SHARED | MAP_FIXED, dev, off) != BASE)
		die("bind: %s", strerror(errno));
	if (owned->lock.word != (uint32_t)pid || owned->tid != (uint32_t)pid)
		die("in the node, the mutex of %d is %#x, and the word of the thread ID %u", pid,
		    owned->lock.word, owned->tid);
	munmap(BASE, LEN);
	close(dev);
}

int main(int argc, char **argv)
{
	const char *how = argc == 2 ? argv[1] : "";
	bool taken = !strcmp(how, "taken");
	uint32_t want;
	pid_t pid, other;
	int node;
	long off;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || (!taken && strcmp(how, "kept") && strcmp(how, "bound") && strcmp(how, "armed")))
		die("usage: memexit kept|bound|armed|taken");
	pid = start(-1, &other);
	node = take(pid);
	off = offset_of(pid);
	if (!taken && pram_commit(node))
		die("commit: %s", strerror(errno));
	if (!taken)
		close(node);
	if (!taken && strcmp(how, "kept")) {
		end(pid);
		end(other);
		pid = start(off, &other);
		if (!strcmp(how, "armed"))
			arm(pid);
	}
	crash();
	end(pid);
	want = taken ? FUTEX_OWNER_DIED : (uint32_t)pid;
	if (shared->word != want)
		die("%s: the mutex of %d in shared memory is %#x", how, pid, shared->word);
	end(other);
	if (taken)
		close(node);
	else
		look(off, pid);
	return 0;
}
