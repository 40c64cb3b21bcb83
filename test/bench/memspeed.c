// SPDX-License-Identifier: GPL-2.0-only
/*
 * memspeed MIB 4k|thp: measures each step of moving the memory of a process, in ms, and for comparison munmap() and
 * copying of the same amount of memory. Prints a line `speed STEP MS` for each.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "dev.h"

#define NODE "memspeed"
#define BASE ((char *)0x200000000000ul)

static size_t bytes;
static double started;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void begin(void)
{
	started = now();
}

static void ended(const char *step)
{
	printf("speed %s %.4f\n", step, (now() - started) / 1e6);
}

static void must(const char *what, int ret)
{
	if (ret < 0)
		die("%s: %s", what, strerror(errno));
}

static void wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		die("the process does not stop");
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void fill(bool huge)
{
	char *p = mmap(BASE, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		       -1, 0);

	if (p == MAP_FAILED || madvise(p, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE))
		die("mmap: %s", strerror(errno));
	for (size_t i = 0; i < bytes; i += PAGE)
		*(size_t *)(p + i) = i;
}

/* Starts a process that owns the memory or, with a node, maps it. The process is stopped. */
static pid_t start(bool huge, const char *node)
{
	struct pram_open arg = { .size = sizeof(arg) };
	pid_t pid = fork();
	int dev;

	if (pid) {
		wait_stop(pid);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!node) {
		fill(huge);
	} else {
		dev = open("/dev/pram", O_RDWR | O_CLOEXEC);
		strcpy(arg.name, node);
		must("bind", ioctl(dev, PRAM_IOC_BIND, &arg));
		if (mmap(BASE, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, dev, 0) ==
		    MAP_FAILED)
			die("mmap: %s", strerror(errno));
		close(dev);
	}
	raise(SIGSTOP);
	for (size_t i = 0; i < bytes; i += PAGE)
		if (*(size_t *)(BASE + i) != i)
			die("page %zu has changed", i / PAGE);
	_exit(0);
}

static void go_on(pid_t pid)
{
	int status;

	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the process ended with %x", status);
}

static int take(pid_t pid)
{
	int node = pram_create(NODE, PRAM_NODE_MEMORY);
	struct pram_take arg = {
		.size = sizeof(arg),
		.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = bytes,
	};

	begin();
	must("take", ioctl(node, PRAM_IOC_TAKE, &arg));
	ended("take");
	if (arg.pages != bytes / PAGE || arg.copied)
		die("%llu pages taken, %llu copied", arg.pages, arg.copied);
	close(arg.pidfd);
	close(arg.dev_fd);
	return node;
}

static void put(pid_t pid)
{
	struct pram_put arg = {
		.size = sizeof(arg),
		.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
		.flags = PRAM_PUT_ARM,
	};
	int node = pram_open(NODE);

	begin();
	must("arm", ioctl(node, PRAM_IOC_PUT, &arg));
	ended("arm");
	arg.flags = 0;
	begin();
	must("put", ioctl(node, PRAM_IOC_PUT, &arg));
	ended("put");
	close(node);
	close(arg.pidfd);
}

static void floor_of(bool huge)
{
	char *copy = malloc(bytes);

	memset(copy, 1, bytes);
	fill(huge);
	begin();
	memcpy(copy, BASE, bytes);
	ended("copying");
	/* use the result, so that the compiler does not remove the copy */
	if (*(size_t *)(copy + bytes - PAGE) != bytes - PAGE)
		die("memcpy() does not copy");
	begin();
	munmap(BASE, bytes);
	ended("munmap");
	free(copy);
}

int main(int argc, char **argv)
{
	bool huge = argc > 2 && !strcmp(argv[2], "thp");
	pid_t pid;
	int node;

	if (argc != 3)
		die("usage: memspeed MIB 4k|thp");
	setvbuf(stdout, NULL, _IOLBF, 0);
	bytes = strtoul(argv[1], NULL, 0) << 20;
	floor_of(huge);
	pid = start(huge, NULL);
	node = take(pid);
	begin();
	close(node);
	ended("give-back");
	node = take(pid);
	begin();
	must("commit", pram_commit(node));
	ended("commit");
	close(node);
	end(pid);
	pid = start(huge, NODE);
	put(pid);
	go_on(pid);
	return 0;
}
