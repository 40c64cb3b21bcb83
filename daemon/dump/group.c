// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/manager.h"
#include "dump/dump.h"
#include "dump/group.h"
#include "dump/state.h"
#include "pramdev.h"

/* A process costs CRIU about as much time as the memory of this size. */
#define PROCESS_BYTES (256ULL << 20)

struct dump_group {
	struct job *job;
	struct manager *m;
	unsigned int slots;	/* how many CRIUs work at a time */
	size_t n;		/* dumps that have not ended */
	bool started;		/* all dumps were added */
	bool committed;
	bool reported;		/* @settled was called, or need not be called */
	const char *rehearsal;	/* why each dump is called off when it is ready, or NULL */
	const char *called_off;	/* why all are, or NULL */
	dump_group_settled_t settled;
	void *userdata;
};

/* A dump of the group, with what its owner wants to know. */
struct member {
	struct dump_group *g;
	outcome_t done;
	void *userdata;
};

static unsigned int slots(const struct manager *m)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (m->conf.parallel_dumps)
		return m->conf.parallel_dumps;
	return cpus > 0 ? (unsigned int)cpus : 1;
}

struct dump_group *dump_group_new(struct job *job)
{
	struct dump_group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->job = job;
	g->m = job->m;
	g->slots = slots(g->m);
	g->reported = true;
	return g;
}

void dump_group_free(struct dump_group *g)
{
	free(g);
}

/* --- members ------------------------------------------------------------------------------ */

static struct dump *next_of(const struct dump_group *g, struct dump *d)
{
	while (d && d->group != g)
		d = d->next;
	return d;
}

static struct dump *first_of(const struct dump_group *g)
{
	return next_of(g, g->m->dumps);
}

size_t dump_group_prepared(const struct dump_group *g)
{
	size_t n = 0;

	for (struct dump *d = first_of(g); d; d = next_of(g, d->next))
		n += d->prepared;
	return n;
}

size_t dump_group_size(const struct dump_group *g)
{
	return g->n;
}

static bool is_settled(const struct dump_group *g)
{
	/* After a verdict none waits any more. */
	return dump_group_prepared(g) == g->n;
}

static void look(struct dump_group *g)
{
	if (!g->started || g->reported || !is_settled(g))
		return;
	g->reported = true;
	g->settled(g->userdata);
}

/* Returns what the caller's step returns. */
static int wait_until_settled(struct dump_group *g)
{
	g->reported = is_settled(g);
	return g->reported ? STEP_DONE : STEP_WAIT;
}

static void give_turns(struct dump_group *g);

static void on_ended(void *userdata, const struct outcome *outcome)
{
	struct member *member = userdata;
	struct dump_group *g = member->g;

	g->n--;
	member->done(member->userdata, outcome);
	free(member);
	give_turns(g);
	look(g);
}

/* --- turns -------------------------------------------------------------------------------- */

static uint64_t weight(const struct dump *d)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->manifest->n_processes; i++)
		sum += d->manifest->processes[i]->rss_bytes + PROCESS_BYTES;
	return sum;
}

/*
 * Begins when all CRIUs wait, so that no tree is frozen while another program is being started. The
 * trees with the most work come first, since then the last ones end at about the same time.
 */
static struct dump *find_next(const struct dump_group *g)
{
	struct dump *best = NULL;
	uint64_t most = 0;
	unsigned int busy = 0;

	for (struct dump *d = first_of(g); d; d = next_of(g, d->next)) {
		uint64_t w = d->ready ? weight(d) : 0;

		if (!d->ready && !d->frozen)
			return NULL;
		busy += d->has_turn;
		if (d->ready && (!best || w > most)) {
			best = d;
			most = w;
		}
	}
	return busy < g->slots ? best : NULL;
}

static void give_turns(struct dump_group *g)
{
	struct dump *d;

	while (g->started && !g->called_off && (d = find_next(g))) {
		d->has_turn = true;
		dump_freeze(d);
	}
}

static void on_ready(struct dump *d)
{
	give_turns(d->group);
}

static void on_written(struct dump *d)
{
	d->has_turn = false;
	give_turns(d->group);
}

/* --- the verdict -------------------------------------------------------------------------- */

static void on_prepared(struct dump *d)
{
	struct dump_group *g = d->group;

	d->prepared = true;
	if (g->called_off || g->rehearsal)
		dump_call_off(d, g->called_off ? g->called_off : g->rehearsal);
	look(g);
}

void dump_group_refuse(struct dump_group *g, const char *why)
{
	if (g->committed || g->called_off)
		return;
	g->called_off = why;
	for (struct dump *d = first_of(g); d; d = next_of(g, d->next))
		dump_call_off(d, why);
}

int dump_group_call_off(struct dump_group *g, const char *why)
{
	dump_group_refuse(g, why);
	return wait_until_settled(g);
}

/* --- the beginning ------------------------------------------------------------------------ */

static const struct dump_group_ops ops = {
	.ready = on_ready,
	.written = on_written,
	.prepared = on_prepared,
};

void dump_group_add(struct dump_group *g, struct dump_args *args, outcome_t done, void *userdata)
{
	struct member *member = malloc(sizeof(*member));

	if (!member) {
		dump_not_started(args, -ENOMEM, done, userdata);
		return;
	}
	*member = (struct member){ g, done, userdata };
	args->group = g;
	args->group_ops = &ops;
	g->n++;
	dump_start(g->job, args, on_ended, member);
}

int dump_group_start(struct dump_group *g, dump_group_settled_t settled, void *userdata)
{
	g->started = true;
	g->settled = settled;
	g->userdata = userdata;
	if (g->m->stopping)
		dump_group_refuse(g, PRAMD_STOPS);
	return wait_until_settled(g);
}

int dump_group_rehearse(struct dump_group *g, const char *why, dump_group_settled_t settled,
			void *userdata)
{
	g->rehearsal = why;
	return dump_group_start(g, settled, userdata);
}

void dump_groups_stop(struct manager *m)
{
	for (struct dump *d = m->dumps; d; d = d->next)
		if (d->group)
			dump_group_refuse(d->group, PRAMD_STOPS);
}

static int commit_memory(const struct dump_group *g)
{
	char **names = NULL;
	size_t n = 0;
	int r = 0;

	for (struct dump *d = first_of(g); d && !r; d = next_of(g, d->next))
		r = dump_memory_nodes(d, &names, &n);
	if (!r)
		r = pramdev_commit_all(g->m->dev, names, n);
	free(names);
	return r;
}

int dump_group_commit(struct dump_group *g, char *buf, size_t size, const char **ret_why)
{
	int r;

	*ret_why = g->called_off;
	if (g->called_off)
		return -ECANCELED;
	for (struct dump *d = first_of(g); d; d = next_of(g, d->next)) {
		*ret_why = dump_frozen_problem(d, buf, size);
		if (*ret_why)
			return -ECHILD;
	}
	/* A dump that has failed after the owner was told may have been started again. */
	if (dump_group_prepared(g) != g->n) {
		*ret_why = "a dump that was ready has failed: try again";
		return -EAGAIN;
	}
	r = commit_memory(g);
	if (r < 0) {
		snprintf(buf, size, "the memory of the processes cannot be kept in PRAM: %s",
			 strerror(-r));
		*ret_why = buf;
		return r;
	}
	g->committed = true;
	for (struct dump *d = first_of(g); d; d = next_of(g, d->next)) {
		d->committed = true;
		d->prepared = false;
		steps_done(&d->steps, STEP_DONE);
	}
	return wait_until_settled(g);
}
