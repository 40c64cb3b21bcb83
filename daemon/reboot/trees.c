// SPDX-License-Identifier: GPL-2.0-only
/*
 * Registered trees in a kexec-reboot. They are dumped one after the other. If the reboot is called
 * off, they are restored in the same order.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/manager.h"
#include "core/registry.h"
#include "dump/dump.h"
#include "reboot/state.h"
#include "restore/restore.h"
#include "pb.h"
#include "str.h"

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

static void on_dumped(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (outcome->code) {
		steps_error_named(&k->steps, outcome->reason, "%s: %s", outcome->name, outcome->message);
		if (outcome->log)
			pb_str(&k->job->result->log, outcome->log);
	} else if (remember(k, outcome->name) < 0) {
		steps_error(&k->steps, "out of memory; the checkpoint %s is kept", outcome->name);
		k->lost++;
	}
	steps_done(&k->steps, STEP_AGAIN);
}

int kexec_dump_trees(void *op)
{
	struct kexec *k = op;
	const Pram__Tree *t;
	struct dump_args args;

	/* A dump removes the tree from the registry, so the first tree is the next one. */
	if (!k->m->registry->n_trees)
		return STEP_DONE;
	t = k->m->registry->trees[0];
	args = (struct dump_args){
		.name = t->name,
		.pid = t->pid,
		.starttime = t->starttime,
		.options = t->options,
	};
	dump_start(k->job, &args, on_dumped, k);
	return STEP_WAIT;
}

static void on_restored(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (outcome->code)
		k->lost++;
	k->n_restored++;
	steps_done(&k->steps, STEP_AGAIN);
}

int kexec_restore_trees(void *op)
{
	struct kexec *k = op;

	if (k->n_restored == k->n_dumped)
		return STEP_DONE;
	restore_start(k->job, k->dumped[k->n_restored], 0, on_restored, k);
	return STEP_WAIT;
}

int kexec_tell_what_came_back(void *op)
{
	struct kexec *k = op;

	if (k->lost)
		steps_add_reason(&k->steps,
				 "; checkpoints that could not be restored and are kept: %u",
				 k->lost);
	else if (k->job->result->n_items)
		steps_add_reason(&k->steps, "; all processes run again");
	return STEP_DONE;
}
