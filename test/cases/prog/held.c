// SPDX-License-Identifier: GPL-2.0-only
/*
 * held FILE: a process whose pages have additional references, and which CRIU can dump.
 *
 *   pinned	a buffer is registered with io_uring, so its pages are pinned for DMA. Only another process has the
 *		ring open, because CRIU does not support io_uring.
 *   spliced	vmsplice() has put a page into a pipe, which holds a reference. SIGUSR1 compares the contents of the
 *		pipe and fills it again.
 *
 * Reports to FILE the addresses of both and the number of passes. The ring is closed when FILE is removed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dev.h"
#include "stamp.h"

#define PAGES 64

static char *pinned, *spliced;
static int ends[2];
static uint64_t in_pipe;

/* Makes a long-term pin, like that of a device. It stays as long as any process has the ring open. */
static void pin(const char *file)
{
	struct iovec buffer = { pinned + 3 * PAGE, 2 * PAGE };
	uint32_t params[30] = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, params);

	if (ring < 0 || syscall(SYS_io_uring_register, ring, 0, &buffer, 1) < 0 ||
	    fcntl(ring, F_SETFD, 0))
		die("io_uring: %s", strerror(errno));
	/* the ring's owner must be neither a child nor share memory with this process when it is dumped */
	if (!fork()) {
		if (!fork()) {
			setsid();
			execl("/proc/self/exe", "holds", file, (char *)NULL);
		}
		_exit(0);
	}
	close(ring);
}

static int hold(const char *file)
{
	while (!access(file, F_OK))
		usleep(100000);
	return 0;
}

static void splice_page(uint64_t seq)
{
	struct iovec page = { spliced + 5 * PAGE, PAGE };

	stamp_write(spliced, 5, seq);
	if (vmsplice(ends[1], &page, 1, 0) != PAGE)
		report_bad("vmsplice: %s", strerror(errno));
	in_pipe = seq;
}

static void compare(void)
{
	char *page = aligned_alloc(PAGE, PAGE);

	if (read(ends[0], page, PAGE) != PAGE)
		report_bad("read: %s", strerror(errno));
	if (memcmp(page, spliced + 5 * PAGE, PAGE))
		report_bad("the page in the pipe differs from the page in memory");
	free(page);
}

int main(int argc, char **argv)
{
	struct timespec soon = { .tv_nsec = 20000000 };
	sigset_t set;

	if (argc != 2)
		die("usage: held FILE");
	if (!strcmp(argv[0], "holds"))
		return hold(argv[1]);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGCHLD, SIG_IGN);
	pinned = stamp_map(PAGES * PAGE, 0, MADV_NOHUGEPAGE);
	/* keep the kernel from merging the two mappings */
	spliced = stamp_map(PAGES * PAGE, 0, MADV_NOHUGEPAGE);
	for (size_t page = 0; page < PAGES; page++) {
		stamp_write(pinned, page, 1);
		stamp_write(spliced, page, 1);
	}
	if (pipe(ends))
		die("pipe: %s", strerror(errno));
	report_to(argv[1]);
	pin(argv[1]);
	splice_page(1);
	for (uint64_t n = 1;; n++) {
		for (size_t page = 0; page < PAGES; page++) {
			stamp_check("pinned", pinned, page, 1);
			stamp_check("spliced", spliced, page, page == 5 ? in_pipe : 1);
		}
		report("%lu pinned %lx spliced %lx seq %lu", n, (unsigned long)pinned,
		       (unsigned long)spliced, in_pipe);
		if (sigtimedwait(&set, NULL, &soon) == SIGUSR1) {
			compare();
			splice_page(in_pipe + 1);
		}
	}
}
