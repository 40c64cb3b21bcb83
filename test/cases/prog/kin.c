// SPDX-License-Identifier: GPL-2.0-only
/*
 * kin FILE N: a tree of N processes that share pages since fork() and write to them afterwards, one page per pass.
 * kin FILE vm: two processes that share one address space.
 *
 * Process I (the root is 0, each process is the child of the previous one) reports to FILE.I. It checks the pages
 * that it has written, and that all others are as they were at the fork: it must never see what another process
 * writes. On SIGUSR1 it forks again: the child writes to all pages and ends, and the parent must not see this either.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "stamp.h"

#define PAGES	1024
#define HUGES	1024	/* as many again in huge pages */
#define FORKED	1	/* state of a page at the fork */
#define OWN(i)	(1000ul * ((i) + 1))	/* this and above: state of a page that process i has written since */
#define KIN_MAX	8

static char *small, *huge;
static unsigned int self;
static unsigned long forks;

/* Each process writes its pages in a different order, so that some pages stay shared for long. */
static size_t page_of(uint64_t n)
{
	return (size_t)((n * 7 + self * 3) % PAGES);
}

static uint64_t state_of(size_t page, uint64_t passes)
{
	/* find n with page_of(n) == page, using the inverse of 7 */
	uint64_t n = (page + PAGES - self * 3 % PAGES) * 439 % PAGES;

	if (n >= passes)
		return FORKED;
	return OWN(self) + (passes - 1 - n) / PAGES;
}

static void check(uint64_t passes)
{
	for (size_t page = 0; page < PAGES; page++) {
		stamp_check("small", small, page, state_of(page, passes));
		if (page % 16 == 0)
			stamp_check("huge", huge, page, state_of(page, passes));
	}
}

static void write_one(uint64_t passes)
{
	size_t page = page_of(passes);

	stamp_write(small, page, OWN(self) + passes / PAGES);
	if (page % 16 == 0)
		stamp_write(huge, page, OWN(self) + passes / PAGES);
}

static void fork_once(void)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		for (size_t page = 0; page < PAGES; page++) {
			stamp_write(small, page, 7);
			stamp_write(huge, page, 7);
		}
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		report_bad("fork: %s", strerror(errno));
	forks++;
}

static _Noreturn void run(const char *file)
{
	struct timespec soon = { .tv_nsec = 20000000 };
	char name[200];
	sigset_t set;

	snprintf(name, sizeof(name), "%s.%u", file, self);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	report_to(name);
	for (uint64_t passes = 0;; passes++) {
		int sig;

		report("%lu forks %lu", passes, forks);
		check(passes);
		write_one(passes);
		sig = sigtimedwait(&set, NULL, &soon);
		if (sig == SIGUSR1)
			fork_once();
	}
}

static void fill(void)
{
	small = stamp_map(PAGES * PAGE, 0, MADV_NOHUGEPAGE);
	huge = stamp_map(HUGES * PAGE, 0, MADV_HUGEPAGE);
	for (size_t page = 0; page < PAGES; page++) {
		stamp_write(small, page, FORKED);
		stamp_write(huge, page, FORKED);
	}
}

static _Noreturn int beside(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	unsigned int n = argc == 3 ? (unsigned int)atoi(argv[2]) : 0;
	bool vm = argc == 3 && !strcmp(argv[2], "vm");
	static char stack[65536];

	if ((!n && !vm) || n > KIN_MAX)
		die("usage: kin FILE N|vm");
	fill();
	if (vm && clone(beside, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL) < 0)
		die("clone: %s", strerror(errno));
	while (!vm && self < n - 1) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork: %s", strerror(errno));
		if (pid)
			break;
		self++;
	}
	run(argv[1]);
}
