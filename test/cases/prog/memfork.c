// SPDX-License-Identifier: GPL-2.0-only
/*
 * memfork taken|kept|armed|bound: a process calls fork() before it has touched any of its memory, which is in a node.
 *
 *   taken	the process is resumed by somebody while it is dumped: fork() must fail, because parent and child would
 *		share the pages of the node. After its memory has been given back, it can fork.
 *   kept	the process was dumped, and continues
 *   armed	the process was restored
 *   bound	the process was restored, but the restorer ended before it armed the node
 *
 * Parent and child must each have all of the memory, and neither may see what the other writes.
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
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "stamp.h"

#define NODE	"memfork"
#define BASE	((char *)0x200000000000ul)
#define PAGES	256ul

static int pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void check(const char *who, uint64_t seq)
{
	for (size_t page = 0; page < PAGES; page++)
		if (!stamp_is(BASE, page, seq))
			die("%s: page %zu has changed", who, page);
	for (size_t page = 0; page < PAGES; page++)
		stamp_write(BASE, page, seq + 1);
}

/* Either the child or the parent is the first to read and write the memory. */
static _Noreturn void fork_first(bool child_first)
{
	int fds[2], status;
	char byte = 0;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pipe(fds))
		die("pipe: %s", strerror(errno));
	raise(SIGSTOP);
	pid = (pid_t)syscall(SYS_fork);
	if (!pid) {
		close(fds[1]);
		if (!child_first && read(fds[0], &byte, 1) != 1)
			die("read: %s", strerror(errno));
		check("child", 1);
		exit(0);
	}
	if (!child_first) {
		check("parent", 1);
		if (write(fds[1], &byte, 1) != 1)
			die("write: %s", strerror(errno));
	}
	if (waitpid(pid, &status, 0) != pid || status)
		die("the child ended with %x", status);
	check("parent", child_first ? 1 : 2);
	exit(0);
}

static pid_t stopped(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("the process ended with %x", status);
	return pid;
}

static pid_t start(bool child_first)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid)
		return stopped(pid);
	if (mmap(BASE, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) != BASE)
		die("mmap: %s", strerror(errno));
	for (size_t page = 0; page < PAGES; page++)
		stamp_write(BASE, page, 1);
	fork_first(child_first);
}

static pid_t start_bound(bool child_first)
{
	struct pram_open arg = { .size = sizeof(arg), .name = NODE };
	pid_t pid;
	int dev;

	fflush(stdout);
	pid = fork();
	if (pid)
		return stopped(pid);
	dev = open("/dev/pram", O_RDWR | O_CLOEXEC);
	/* only one mapping was taken, so it is at offset 0 of the node */
	if (ioctl(dev, PRAM_IOC_BIND, &arg) ||
	    mmap(BASE, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev, 0) != BASE)
		die("bind: %s", strerror(errno));
	close(dev);
	fork_first(child_first);
}

static int take(pid_t pid)
{
	struct pram_vma vma;
	struct pram_take arg = {
		.size = sizeof(arg),
		.pidfd = pidfd(pid),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = PAGES * PAGE,
		.vmas = (uintptr_t)&vma,
		.nr_vmas = 1,
	};
	int node = pram_create(NODE, PRAM_NODE_MEMORY);

	if (node < 0 || ioctl(node, PRAM_IOC_TAKE, &arg))
		die("take: %s", strerror(errno));
	if (arg.pages != PAGES)
		die("%llu pages were taken", arg.pages);
	close(arg.dev_fd);
	return node;
}

static void keep(pid_t pid)
{
	int node = take(pid);

	if (pram_commit(node))
		die("commit: %s", strerror(errno));
	close(node);
}

static void arm(pid_t pid)
{
	struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(pid), .flags = PRAM_PUT_ARM };
	int node = pram_open(NODE);

	if (node < 0 || ioctl(node, PRAM_IOC_PUT, &arg))
		die("arm: %s", strerror(errno));
	close(node);
}

/* A process that is resumed while its memory is in an uncommitted node must not be able to fork. */
static void run_taken(void)
{
	int node, status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (mmap(BASE, PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != BASE)
			die("mmap: %s", strerror(errno));
		for (size_t page = 0; page < PAGES; page++)
			stamp_write(BASE, page, 1);
		raise(SIGSTOP);
		pid = (pid_t)syscall(SYS_fork);
		if (!pid)
			_exit(0);
		if (pid > 0)
			exit(2);
		raise(SIGSTOP);
		fork_first(true);
	}
	stopped(pid);
	node = take(pid);
	kill(pid, SIGCONT);
	stopped(pid);		/* its fork() must have failed */
	close(node);		/* given back */
	kill(pid, SIGCONT);
	stopped(pid);
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid || status)
		die("taken: it ended with %x", status);
	if (pram_remove(NODE) != -ENOENT)
		die("taken: the node still exists");
}

static void run(const char *how, bool child_first)
{
	pid_t pid = start(child_first);
	int status;

	keep(pid);
	if (strcmp(how, "kept")) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = start_bound(child_first);
	}
	if (!strcmp(how, "armed"))
		arm(pid);
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid || status)
		die("%s, %s first: it ended with %x", how, child_first ? "child" : "parent", status);
	if (pram_remove(NODE) != (strcmp(how, "kept") ? -ENOENT : 0))
		die("%s: the node is in an unexpected state", how);
}

int main(int argc, char **argv)
{
	const char *how = argc == 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(how, "taken")) {
		run_taken();
		return 0;
	}
	if (strcmp(how, "kept") && strcmp(how, "armed") && strcmp(how, "bound"))
		die("usage: memfork taken|kept|armed|bound");
	run(how, true);
	run(how, false);
	return 0;
}
