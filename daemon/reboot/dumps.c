// SPDX-License-Identifier: GPL-2.0-only
/*
 * The dumps of a kexec-reboot: all registered trees and all units, at the same time and with one
 * verdict, see dump/group.h.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/dump.h"
#include "dump/group.h"
#include "dump/rehearsal.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "unit/info.h"
#include "log.h"
#include "pb.h"
#include "reasons.h"
#include "str.h"

#define AGAIN_MAX 5

/* --- results ------------------------------------------------------------------------------ */

/* One dump has failed by itself: the reboot is called off. */
static void failed(struct kexec *k, const struct outcome *outcome)
{
	job_add_item(k->job, outcome);
	steps_error_named(&k->steps, outcome->reason, "%s: %s", outcome->name, outcome->message);
	if (outcome->log)
		pb_str(&k->job->result->log, outcome->log);
	dump_group_refuse(k->group, "called off, because another dump has failed");
}

/* The checkpoint is kept, whether the dump has failed after that or not. */
static bool is_kept(const struct kexec *k, const char *name)
{
	const struct ckpt *c = ckpt_find(k->m, name);

	return c && c->state == CKPT_READY;
}

static int remember(struct kexec *k, const char *name)
{
	char **p = realloc(k->dumped, (k->n_dumped + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	k->dumped = p;
	k->dumped[k->n_dumped] = strdup(name);
	if (!k->dumped[k->n_dumped])
		return -ENOMEM;
	k->n_dumped++;
	return 0;
}

static void add_tree(struct kexec *k, const Pram__Tree *t);
static int add_unit_again(struct kexec *k, struct kexec_unit *u);
static void on_rehearsed(void *userdata, const struct outcome *outcome);

/*
 * A refusal that passes by itself is not worth calling the reboot off. The other trees stay frozen
 * meanwhile, so there are few attempts for all of them together.
 */
static bool may_try_again(struct kexec *k, const struct outcome *outcome)
{
	if (steps_failed(&k->steps) || k->m->stopping || !reason_passes(outcome->reason) ||
	    is_kept(k, outcome->name) || k->again >= AGAIN_MAX)
		return false;
	k->again++;
	log_notice("The dump of %s is repeated: %s", outcome->name, str_or(outcome->message));
	return true;
}

static void on_tree(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	if (outcome->code == PRAM__CODE__CODE_CALLED_OFF)
		return;
	if (outcome->code && registry_find(k->m, outcome->name) && may_try_again(k, outcome)) {
		add_tree(k, registry_find(k->m, outcome->name));
		return;
	}
	if (outcome->code)
		failed(k, outcome);
	else
		job_add_item(k->job, outcome);
	if (is_kept(k, outcome->name) && remember(k, outcome->name) < 0) {
		steps_error(&k->steps,
			    "no memory to restore %s: its checkpoint is kept, and pramctl restore "
			    "restores it",
			    outcome->name);
		k->lost++;
	}
}

static void on_unit(void *userdata, const struct outcome *outcome)
{
	struct kexec_unit *u = userdata;
	struct kexec *k = u->k;

	u->dumped = is_kept(k, u->name);
	if (outcome->code == PRAM__CODE__CODE_CALLED_OFF)
		return;
	if (outcome->code && may_try_again(k, outcome) && add_unit_again(k, u) >= 0)
		return;
	u->fresh = !u->dumped && precheck_may_start_fresh(k->job->req->kexec, u->name);
	if (u->fresh) {
		log_warning("%s will start afresh: %s", u->name, str_or(outcome->message));
		job_add_item(k->job, outcome);
	} else if (outcome->code) {
		failed(k, outcome);
	} else {
		job_add_item(k->job, outcome);
	}
}

/* --- preparing ---------------------------------------------------------------------------- */

/* To the rehearsal, if there is one, otherwise to the group. */
static void add_dump(struct kexec *k, struct dump_args *args, outcome_t done, void *userdata)
{
	if (k->rehearsal)
		rehearsal_add(k->rehearsal, args, on_rehearsed, k);
	else
		dump_group_add(k->group, args, done, userdata);
}

static void add_tree(struct kexec *k, const Pram__Tree *t)
{
	struct dump_args args = {
		.name = t->name,
		.pid = t->pid,
		.starttime = t->starttime,
		.options = t->options,
	};

	add_dump(k, &args, on_tree, k);
}

static void add_unit(struct kexec *k, struct kexec_unit *u)
{
	Pram__Options options;
	struct dump_args args;

	u->k = k;
	dump_args_of_unit(&args, &options, u->name, u->info, &u->conf);
	u->info = NULL;
	add_dump(k, &args, on_unit, u);
}

/* The first dump has consumed what was read about the unit. */
static int add_unit_again(struct kexec *k, struct kexec_unit *u)
{
	int r;

	u->info = calloc(1, sizeof(*u->info));
	if (!u->info)
		return -ENOMEM;
	r = unit_info_read(u->name, u->info);
	if (r >= 0 && !unit_is_active(u->info))
		r = -ESRCH;
	if (r >= 0)
		add_unit(k, u);
	return r;
}

static void add_all(struct kexec *k)
{
	for (size_t i = 0; i < k->m->registry->n_trees; i++)
		add_tree(k, k->m->registry->trees[i]);
	for (size_t i = 0; i < k->n_units; i++)
		add_unit(k, &k->units[i]);
}

static void on_settled(void *userdata)
{
	struct kexec *k = userdata;

	steps_done(&k->steps, STEP_DONE);
}

int kexec_prepare_dumps(void *op)
{
	struct kexec *k = op;

	k->group = dump_group_new(k->job);
	if (!k->group)
		return -ENOMEM;
	add_all(k);
	k->touched = dump_group_size(k->group);
	return dump_group_start(k->group, on_settled, k);
}

/* Without a verdict yet, the trees run on. With it, there is nothing left to do here. */
int kexec_call_off(void *op)
{
	struct kexec *k = op;

	return k->group ? dump_group_call_off(k->group, "the reboot was called off") : STEP_DONE;
}

/* --- rehearsal ---------------------------------------------------------------------------- */

static void on_rehearsed(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (!outcome->code || precheck_may_start_fresh(k->job->req->kexec, outcome->name))
		return;
	steps_refuse(&k->steps, PRAM__CODE__CODE_REFUSED, "%s: %s", outcome->name,
		     outcome->message);
	if (outcome->log)
		pb_str(&k->job->result->log, outcome->log);
	k->steps.reason_name = outcome->reason;
}

/* Ends the operation: only a dry run has a rehearsal. */
static void on_rehearsal_ended(void *userdata)
{
	struct kexec *k = userdata;

	steps_done(&k->steps, STEP_END);
}

int kexec_rehearse(void *op)
{
	struct kexec *k = op;
	int r;

	if (!k->report->dry_run)
		return STEP_DONE;
	steps_message(&k->steps, "nothing prevents the reboot");
	if (k->job->req->kexec->no_rehearsal)
		return STEP_END;
	k->rehearsal = rehearsal_new(k->job);
	if (!k->rehearsal)
		return -ENOMEM;
	add_all(k);
	r = rehearsal_run(k->rehearsal, on_rehearsal_ended, k);
	return r == STEP_DONE ? STEP_END : r;
}

/* --- the verdict -------------------------------------------------------------------------- */

/* From here on processes are ended. Everything that can fail, except the kexec, has been done. */
int kexec_end_trees(void *op)
{
	struct kexec *k = op;
	const char *why;
	char buf[256];
	int r;

	if (k->m->stopping) {
		steps_error(&k->steps, PRAMD_STOPS);
		return -ECANCELED;
	}
	r = dump_group_commit(k->group, buf, sizeof(buf), &why);
	if (r < 0)
		steps_error(&k->steps, "%s", why);
	else
		k->ended = k->touched;
	return r;
}
