// SPDX-License-Identifier: GPL-2.0-only
/*
 * PRAM_IOC_COMMIT_ALL: commits the memory of several processes at one moment, or of none.
 *
 *   memcommit all N KIND...         N processes. Each continues with a copy, and the memory in each node is put into
 *                                   another process.
 *   memcommit refused KIND...       calls that must fail and change nothing: all memory is given back afterwards
 *   memcommit closing N KIND...     N rounds in which a thread closes one of the descriptors during the call
 *   memcommit committing N KIND...  N rounds in which a thread calls PRAM_IOC_COMMIT on one of them
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "memlook.h"
#include "memtask.h"

#define PROCS_MAX 256

static struct proc {
	pid_t pid;
	int node;
	char name[32];
	char *before;
	unsigned int nr_vmas;
	struct pram_vma vmas[VMAS];
} *procs;
static unsigned int nr;

static const char *list[PROCS_MAX + 2];

/* The state of a node, or -ENOENT. */
static int state_of(const char *name)
{
	struct pram_node_info info = { .cursor = 0 };

	while (pram_next(&info) >= 0)
		if (!strcmp(info.name, name))
			return (int)info.state;
	return -ENOENT;
}

static void start_all(unsigned int n)
{
	size_t len = n * sizeof(*procs);

	if (n > PROCS_MAX)
		die("at most %d processes", PROCS_MAX);
	nr = n;
	procs = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Otherwise the processes would inherit the array, and it would be taken from them. */
	if (procs == MAP_FAILED || madvise(procs, len, MADV_DONTFORK))
		die("mmap: %s", strerror(errno));
	for (unsigned int i = 0; i < nr; i++)
		procs[i].pid = start();
	for (unsigned int i = 0; i < nr; i++)
		procs[i].before = describe(procs[i].pid);
}

static void take_all(unsigned int round)
{
	struct pram_take arg;

	for (unsigned int i = 0; i < nr; i++) {
		struct proc *p = &procs[i];

		snprintf(p->name, sizeof(p->name), "memcommit/%u-%u", round, i);
		list[i] = p->name;
		p->node = pram_create(p->name, PRAM_NODE_MEMORY);
		must("create", p->node);
		must("take", take(p->node, p->pid, &arg));
		if (!arg.pages)
			die("nothing was taken");
		remember(p->pid);
		only_ours();
		memcpy(p->vmas, vmas, sizeof(vmas));
		p->nr_vmas = nr_vmas;
	}
}

static void check_states(const char *when, int want)
{
	for (unsigned int i = 0; i < nr; i++)
		if (state_of(procs[i].name) != want)
			die("%s: %s is in state %d, not %d", when, procs[i].name, state_of(procs[i].name), want);
}

static void close_all(void)
{
	for (unsigned int i = 0; i < nr; i++)
		close(procs[i].node);
}

static void run(pid_t pid)
{
	kill(pid, SIGCONT);
	wait_end(pid);
}

/* The node is in a new process as it was in @p, although @p has written to its copy. */
static void put_into_another(const struct proc *p)
{
	char name[sizeof(p->name)];	/* the new process does not have @p, see start_all() */
	pid_t other;

	memcpy(vmas, p->vmas, sizeof(vmas));
	nr_vmas = p->nr_vmas;
	strcpy(name, p->name);
	other = start_bound(name);
	put(p->name, other);
	same("put,", p->before, describe(other));
	run(other);
}

static void do_all(unsigned int n)
{
	struct pram_take arg;

	start_all(n);
	take_all(0);
	must("commit", pram_commit_all(list, nr));
	check_states("committed", PRAM_STATE_READY);
	for (unsigned int i = 0; i < nr; i++) {
		WANT(pram_commit(procs[i].node), -EINVAL);
		WANT(take(procs[i].node, procs[i].pid, &arg), -EINVAL);
		WANT(pram_remove(procs[i].name), -EBUSY);
	}
	WANT(pram_commit_all(list, nr), -EINVAL);
	close_all();
	check_states("closed", PRAM_STATE_READY);
	for (unsigned int i = 0; i < nr; i++)
		run(procs[i].pid);
	for (unsigned int i = 0; i < nr; i++)
		put_into_another(&procs[i]);
	check_states("put", -ENOENT);
}

/* A call that must fail, and after which all nodes are under construction. */
#define REFUSED(call, want) do { WANT(call, want); check_states(#call, PRAM_STATE_SAVING); } while (0)

/* The nodes of all processes and one more name. */
static int commit_with(const char *name, unsigned int at)
{
	const char *names_with[PROCS_MAX + 1];

	for (unsigned int i = 0, from = 0; i <= nr; i++)
		names_with[i] = i == at ? name : list[from++];
	return pram_commit_all(names_with, nr + 1);
}

static int raw(uint32_t n, const char *text, uint64_t bytes)
{
	struct pram_commit arg = {
		.size = sizeof(arg), .nr = n, .names = (uintptr_t)text, .bytes = bytes,
	};

	return pram_call(PRAM_IOC_COMMIT_ALL, &arg);
}

static void refuse_lists(void)
{
	char two[128] = "", longest[PRAM_NAME_MAX + 1] = "";
	struct { struct pram_commit arg; uint64_t more; } big = { { .size = sizeof(big) }, 1 };
	struct pram_commit arg = { .size = sizeof(arg), .flags = 1 };
	int len = 1 + snprintf(two, sizeof(two), "%s%c%s", list[0], 0, list[1]);
	uint64_t bytes = (uint64_t)len;

	REFUSED(raw(2, two, bytes - 1), -EINVAL);
	REFUSED(raw(1, two, bytes), -EINVAL);
	REFUSED(raw(3, two, bytes), -EINVAL);
	REFUSED(raw(2, two, 0), -EINVAL);
	REFUSED(raw(0, two, bytes), -EINVAL);
	REFUSED(raw(3, two, bytes + 1), -EINVAL);
	REFUSED(raw(65537, two, bytes), -EINVAL);
	REFUSED(raw(2, NULL, bytes), -EFAULT);
	memset(longest, 'x', PRAM_NAME_MAX);
	REFUSED(raw(1, longest, sizeof(longest)), -ENAMETOOLONG);
	REFUSED(commit_with(longest, nr), -ENAMETOOLONG);
	longest[PRAM_NAME_MAX - 1] = 0;
	REFUSED(commit_with(longest, nr), -ENOENT);
	REFUSED(pram_call(PRAM_IOC_COMMIT_ALL, &arg), -EINVAL);
	arg = (struct pram_commit){ .size = sizeof(arg), .reserved = 1 };
	REFUSED(pram_call(PRAM_IOC_COMMIT_ALL, &arg), -EINVAL);
	arg = (struct pram_commit){ .size = sizeof(arg) - 8 };
	REFUSED(pram_call(PRAM_IOC_COMMIT_ALL, &arg), -EINVAL);
	REFUSED(pram_call(PRAM_IOC_COMMIT_ALL, &big), -E2BIG);
	big.more = 0;
	REFUSED(pram_call(PRAM_IOC_COMMIT_ALL, &big), 0);
	REFUSED(raw(0, NULL, 0), 0);
}

static void do_refused(void)
{
	int bytes = pram_create("memcommit/bytes", PRAM_NODE_BYTES);
	int empty = pram_create("memcommit/empty", PRAM_NODE_MEMORY);
	struct pram_take arg;
	pid_t other;
	int node;

	must("create", bytes);
	must("create", empty);
	start_all(3);
	other = start();
	take_all(0);
	for (unsigned int at = 0; at <= nr; at++) {
		REFUSED(commit_with("memcommit/none", at), -ENOENT);
		REFUSED(commit_with("memcommit/bytes", at), -EPERM);
		REFUSED(commit_with("memcommit/empty", at), -EINVAL);
	}
	for (unsigned int i = 0; i < nr; i++)
		REFUSED(commit_with(list[i], nr), -EINVAL);
	node = pram_create("memcommit/other", PRAM_NODE_MEMORY);
	must("create", node);
	must("take", take(node, other, &arg));
	close(node);
	REFUSED(commit_with("memcommit/other", 1), -ENOENT);
	node = pram_create("memcommit/other", PRAM_NODE_MEMORY);
	must("create", node);
	must("take", take(node, other, &arg));
	must("commit", pram_commit(node));
	REFUSED(commit_with("memcommit/other", 1), -EINVAL);
	close(node);
	REFUSED(commit_with("memcommit/other", 1), -EINVAL);
	run(other);
	must("remove", pram_remove("memcommit/other"));
	refuse_lists();
	for (unsigned int i = 0; i < nr; i++)
		peek(procs[i].pid);
	close_all();
	close(bytes);
	close(empty);
	check_states("closed", -ENOENT);
	for (unsigned int i = 0; i < nr; i++) {
		same("given back,", procs[i].before, describe(procs[i].pid));
		run(procs[i].pid);
	}
}

static atomic_bool ready, go;
static int delay;	/* how much later the thread makes its call than the main thread, in loops */
static bool closing;
static int thread_ret;

static void pause_for(int loops)
{
	for (volatile int i = 0; i < loops; i++)
		;
}

static void *thread(void *arg)
{
	const struct proc *p = arg;

	atomic_store(&ready, true);
	while (!atomic_load(&go))
		;
	pause_for(delay);
	thread_ret = closing ? close(p->node) : pram_commit(p->node);
	return NULL;
}

/* Returns what the call returned. *@ret is what the thread's call on the descriptor of @p returned. */
static int race(struct proc *p, unsigned int n, int *ret)
{
	pthread_t id;
	int got;

	atomic_store(&ready, false);
	atomic_store(&go, false);
	if (pthread_create(&id, NULL, thread, p))
		die("pthread_create: %s", strerror(errno));
	while (!atomic_load(&ready))
		;
	atomic_store(&go, true);
	pause_for(-delay);
	got = pram_commit_all(list, n);
	pthread_join(id, NULL);
	*ret = thread_ret;
	return got;
}

/* Makes the thread as often early as late, however fast the two processors are. */
static void adapt_delay(bool late)
{
	static bool was_late;
	static int step = 256;

	step = late == was_late ? step * 2 : step / 4;
	step = step < 256 ? 256 : step > 1 << 20 ? 1 << 20 : step;
	was_late = late;
	delay += late ? -step : step;
}

/* Checks the outcome of a round and closes the descriptors. Returns whether the nodes are committed. */
static bool check_round(const struct proc *victim, int all, int one, bool missing)
{
	bool won = !all;

	if (missing ? all != -ENOENT && all != -EINVAL : all && all != -EINVAL && (!closing || all != -ENOENT))
		die("PRAM_IOC_COMMIT_ALL: %d", all);
	/* PRAM_IOC_COMMIT must fail if, and only if, the other call has committed the node. */
	if (one != (won && !closing ? -EINVAL : 0))
		die("%s: %d, and PRAM_IOC_COMMIT_ALL: %d", closing ? "close" : "PRAM_IOC_COMMIT", one, all);
	for (struct proc *p = procs; p < procs + nr; p++) {
		int want = won ? PRAM_STATE_READY : PRAM_STATE_SAVING;

		if (p == victim && !won)
			want = closing ? -ENOENT : PRAM_STATE_READY;
		if (state_of(p->name) != want)
			die("%s is in state %d, not %d", p->name, state_of(p->name), want);
		if (p != victim || !closing)
			close(p->node);
		if (state_of(p->name) != (want == PRAM_STATE_SAVING ? -ENOENT : want))
			die("%s is in state %d after the close", p->name, state_of(p->name));
	}
	return won;
}

static void do_race(unsigned int rounds)
{
	unsigned int won = 0, lost = 0, waited = 0;

	start_all(3);
	list[nr] = "memcommit/none";
	for (unsigned int round = 0; round < rounds; round++) {
		struct proc *victim = &procs[round % nr];
		bool missing = round % 4 == 3;
		int one, all;

		/* This also gives the processes copies of what was committed in the last round. */
		take_all(round);
		for (unsigned int i = 0; round && i < nr; i++) {
			char old[32];

			snprintf(old, sizeof(old), "memcommit/%u-%u", round - 1, i);
			if (state_of(old) >= 0)
				must("remove", pram_remove(old));
		}
		all = race(victim, nr + missing, &one);
		if (check_round(victim, all, one, missing))
			won++;
		else if (missing)
			waited++;
		else
			lost++;
		if (!missing)
			adapt_delay(!all);
	}
	for (unsigned int i = 0; i < nr; i++) {
		run(procs[i].pid);
		if (state_of(procs[i].name) >= 0)
			must("remove", pram_remove(procs[i].name));
	}
	printf("%u rounds: committed in %u, the thread was first in %u, a name was missing in %u\n", rounds, won, lost,
	       waited);
	if (won < rounds / 20 || lost < rounds / 20)
		die("the calls did not race");
}

int main(int argc, char **argv)
{
	const char *verb = argc > 2 ? argv[1] : "";

	memtask_init();
	names = argv + (argc > 2 && strcmp(verb, "refused") ? 3 : 2);
	closing = !strcmp(verb, "closing");
	if (argc > 3 && !strcmp(verb, "all"))
		do_all((unsigned int)atoi(argv[2]));
	else if (argc > 2 && !strcmp(verb, "refused"))
		do_refused();
	else if (argc > 3 && (closing || !strcmp(verb, "committing")))
		do_race((unsigned int)atoi(argv[2]));
	else
		die("memcommit: see the comment at the top of memcommit.c");
	return want_failed;
}
