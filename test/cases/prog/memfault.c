// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moves the memory of a process into a node and back while allocations fail, in a kernel with fault injection.
 *
 *   memfault each KIND...       each allocation of take, give back, commit of all and put fails once
 *   memfault chance N KIND...   N rounds of taking, then giving back or putting into another process;
 *                               allocations fail at random, as configured in debugfs
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dev.h"
#include "inject.h"
#include "memlook.h"
#include "memtask.h"

static int nth;	/* the allocation in take() that fails */
static int failures;

static void nth_of_take(bool begin)
{
	if (begin)
		fail_nth(nth);
}

/* In each round one more allocation succeeds before the failure. */
static void fault_take(void)
{
	pid_t pid = start();
	bool hit = true;

	for (nth = 1; hit; nth++) {
		char *before = describe(pid);
		struct pram_take arg;
		int node = pram_create(NODE, PRAM_NODE_MEMORY), ret = take(node, pid, &arg);

		hit = failed_nth();
		if (ret && ret != -ENOMEM)
			die("take, allocation %d: %s", nth, strerror(-ret));
		failures += ret != 0;
		if (!ret)
			fail_nth(nth);
		close(node);
		fail_nth(0);
		same("after a failure,", before, describe(pid));
		if (!ret && hit) {
			/* take() succeeded despite the failure; copied pages are not shared any more, so start again */
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			pid = start();
		}
	}
	printf("take: %d allocations\n", nth - 2);
	kill(pid, SIGCONT);
	wait_end(pid);
}

static void fault_put(void)
{
	pid_t pid = start(), other;
	int node = save(NODE, pid), n = 0, ret;

	remember(pid);
	only_ours();
	must("commit", pram_commit(node));
	close(node);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	other = start_bound(NODE);
	do {
		struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(other) };

		node = pram_open(NODE);
		must("open", node);
		fail_nth(++n);
		ret = ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0;
		fail_nth(0);
		close(node);
		close(arg.pidfd);
		if (ret && ret != -ENOMEM)
			die("put, allocation %d: %s", n, strerror(-ret));
		failures += ret != 0;
		if (ret)
			peek(other);
	} while (ret);
	printf("put: %d allocations\n", n - 1);
	kill(other, SIGCONT);
	wait_end(other);
}

/*
 * The call fails and changes nothing, or succeeds: without the task work that wakes a process up to its copy, the first
 * page fault makes the copy.
 */
static void fault_commit(void)
{
	const char *list[] = { NODE "1", NODE "2" };
	unsigned int succeeded = 0, n;
	bool hit = true;

	for (n = 1; hit; n++) {
		pid_t pid[] = { start(), start() };
		char *before[] = { describe(pid[0]), describe(pid[1]) };
		int node[] = { save(list[0], pid[0]), save(list[1], pid[1]) }, ret;

		fail_nth((int)n);
		ret = pram_commit_all(list, 2);
		hit = failed_nth();
		if (ret && ret != -ENOMEM)
			die("commit, allocation %u: %s", n, strerror(-ret));
		if (ret && (pram_commit_all(list, 1) || pram_commit(node[0]) != -EINVAL))
			die("commit, allocation %u: the node cannot be committed after the failure", n);
		close(node[0]);
		close(node[1]);
		if (ret)
			same("after a failure,", before[1], describe(pid[1]));
		else
			free(before[1]);
		free(before[0]);
		for (unsigned int i = 0; i < 2; i++) {
			kill(pid[i], SIGCONT);
			wait_end(pid[i]);
			if (pram_remove(list[i]) != (ret && i ? -ENOENT : 0))
				die("commit, allocation %u: node %u is in an unexpected state", n, i);
		}
		failures += ret != 0;
		succeeded += !ret && hit;
	}
	printf("commit: %u allocations, %u of them not needed\n", n - 2, succeeded);
	if (n < 4 || !succeeded)
		die("no allocation has failed");
}

static void do_faults(void)
{
	fail_nth_open();
	around_take = nth_of_take;
	fault_take();
	around_take = NULL;
	fault_commit();
	fault_put();
	printf("%d failures\n", failures);
}

/* Puts the memory into a new process and retries until this succeeds. Return: number of failed attempts. */
static int chance_put(void)
{
	pid_t other = start_bound(NODE);
	int ret, tries = 0;

	do {
		struct pram_put arg = { .size = sizeof(arg), .pidfd = pidfd(other) };
		int node = pram_open(NODE);

		must("open", node);
		by_chance(true);
		ret = ioctl(node, PRAM_IOC_PUT, &arg) ? -errno : 0;
		by_chance(false);
		close(node);
		close(arg.pidfd);
		if (ret && ret != -ENOMEM)
			die("put: %s", strerror(-ret));
		if (ret && tries++ == 1000)
			die("put never succeeds");
	} while (ret);
	kill(other, SIGCONT);
	wait_end(other);
	return tries;
}

static void do_chance(int n)
{
	int takes = 0, moved = 0, puts = 0;
	pid_t pid = start();

	around_take = by_chance;
	for (int i = 1; i <= n; i++) {
		char *before = describe(pid);
		struct pram_take arg;
		int node = pram_create(NODE, PRAM_NODE_MEMORY), ret;

		must("create", node);
		ret = take(node, pid, &arg);
		if (ret && ret != -ENOMEM)
			die("take: %s", strerror(-ret));
		takes += ret != 0;
		/* every second time, the memory that was taken is put into another process */
		if (ret || i % 2) {
			by_chance(true);
			close(node);
			by_chance(false);
			same("given back,", before, describe(pid));
			continue;
		}
		remember(pid);
		only_ours();
		by_chance(true);
		ret = pram_commit(node);
		by_chance(false);
		must("commit", ret);
		close(node);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		free(before);
		puts += chance_put();
		moved++;
		pid = start();
	}
	kill(pid, SIGCONT);
	wait_end(pid);
	printf("%d rounds: %d takes failed, %d were put into another process after %d failed attempts\n", n, takes,
	       moved, puts);
	if (!takes || !moved)
		die("everything failed or nothing failed, so nothing was tested");
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	memtask_init();
	if (argc > 2 && !strcmp(verb, "each") && (names = argv + 2))
		do_faults();
	else if (argc > 3 && !strcmp(verb, "chance") && (names = argv + 3))
		do_chance(atoi(argv[2]));
	else
		die("memfault: see the comment at the top of memfault.c");
	return 0;
}
