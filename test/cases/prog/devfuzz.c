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

#define LOST_SECONDS	60	/* a process that does not end by then hangs */

static struct counts {
	volatile unsigned int at;	/* what it does */
	uint64_t done[FUZZ_CALLS], good[FUZZ_CALLS];
} *counts;	/* of the two workers, in shared memory */

/* --- the workers ---------------------------------------------------------------------------------------------- */

static unsigned int draw_call(void)
{
	uint32_t sum = 0, n;
	unsigned int i;

	for (i = 0; i < FUZZ_CALLS; i++)
		sum += fuzz_calls[i].weight;
	n = draw(sum);
	for (i = 0; n >= fuzz_calls[i].weight; i++)
		n -= fuzz_calls[i].weight;
	return i;
}

static _Noreturn void work(unsigned int number, uint64_t seed)
{
	me = number;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uint64_t n = 0; !shared->stop && !shared->wrong; n++) {
		unsigned int c;

		draw_from(seed, n);
		c = draw_call();
		counts[me].at = c;
		counts[me].good[c] += fuzz_calls[c].call() >= 0;
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
				die("process %u has ended with status %x in %s", i, status,
				    fuzz_calls[counts[i].at].name);
	return pid == 0;
}

/* The kernel logs what is blocked, and what the CPUs do. */
static void look_for_hung(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "w", 1) != 1 || write(fd, "l", 1) != 1)
		printf("sysrq-trigger: %s\n", strerror(errno));
	close(fd);
	sleep(2);
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
		if (i > LOST_SECONDS * 10) {
			look_for_hung();
			die("a process hangs: the last calls are %s and %s", fuzz_calls[counts[0].at].name,
			    fuzz_calls[counts[1].at].name);
		}
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
	for (unsigned int i = 0; i < FUZZ_CALLS; i++) {
		uint64_t done = counts[0].done[i] + counts[1].done[i], good = counts[0].good[i] + counts[1].good[i];

		printf("%-12s %8lu calls, %8lu succeeded\n", fuzz_calls[i].name, done, good);
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
