// SPDX-License-Identifier: GPL-2.0-only
/*
 * memheap back|kept: the heap of a process is taken, and given back or committed. Then it grows and shrinks. brk() must
 * still find the heap as one mapping.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "stamp.h"

#define PART	((intptr_t)2 << 20)
#define PAGES	(PART / (intptr_t)PAGE)

static char *heap;

static bool grow(size_t page, uint64_t seq)
{
	if (sbrk(PART) != heap + page * PAGE)
		return false;
	for (size_t i = 0; i < PAGES; i++)
		stamp_write(heap, page + i, seq);
	return true;
}

static void check(size_t page, uint64_t seq)
{
	for (size_t i = 0; i < PAGES; i++)
		if (!stamp_is(heap, page + i, seq))
			die("page %zu of the heap has changed", page + i);
}

/* Counts the mappings that the kernel shows as [heap], and stores what is mapped there. */
static unsigned int heaps(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned int n = 0;
	char line[256];

	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		if (sscanf(line, "%lx-%lx", &from, &to) == 2 && to > (uintptr_t)heap &&
		    from < (uintptr_t)sbrk(0))
			n += strstr(line, "[heap]") ? 1 : 100;
	}
	if (f)
		fclose(f);
	return n;
}

static _Noreturn void child(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	heap = (char *)(((uintptr_t)sbrk(0) + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
	if (brk(heap) || !grow(0, 1))
		die("no heap");
	raise(SIGSTOP);
	check(0, 1);
	if (!grow(PAGES, 2) || !grow(2 * PAGES, 3))
		die("the heap does not grow: %s", strerror(errno));
	check(0, 1);
	check(PAGES, 2);
	check(2 * PAGES, 3);
	if (heaps() != 1)
		die("the heap consists of %u mappings", heaps());
	if (sbrk(-PART) == (void *)-1 || sbrk(-PART - PART / 2) == (void *)-1)
		die("the heap does not shrink: %s", strerror(errno));
	if (!stamp_is(heap, 0, 1) || !stamp_is(heap, PAGES / 2 - 1, 1))
		die("the rest of the heap has changed");
	exit(0);
}

static void take(pid_t pid, bool keep)
{
	struct pram_take arg = {
		.size = sizeof(arg),
		.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
		.dev_fd = open("/dev/pram", O_RDWR | O_CLOEXEC),
		.min_bytes = (uint64_t)PART,
	};
	int node = pram_create("memheap", PRAM_NODE_MEMORY);

	if (node < 0 || ioctl(node, PRAM_IOC_TAKE, &arg))
		die("take: %s", strerror(errno));
	if (arg.pages < PAGES)
		die("the heap was not taken, %llu pages were", arg.pages);
	if (keep && pram_commit(node))
		die("commit");
	close(node);
}

int main(int argc, char **argv)
{
	bool keep = argc == 2 && !strcmp(argv[1], "kept");
	int status;
	pid_t pid;

	if (argc != 2 || (!keep && strcmp(argv[1], "back")))
		die("usage: memheap back|kept");
	pid = fork();
	if (!pid)
		child();
	waitpid(pid, &status, WUNTRACED);
	if (!WIFSTOPPED(status))
		die("the process ended with %x", status);
	take(pid, keep);
	kill(pid, SIGCONT);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the process ended with %x", status);
	if (keep && pram_remove("memheap"))
		die("the node cannot be removed");
	return 0;
}
