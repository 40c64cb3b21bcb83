// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: a checkpoint
 *
 * CRIU runs its action script, pram-criu-hook, before it freezes the tree, and again when all
 * images are written and the tree is still frozen. The hook asks pramd and waits. The second time
 * its exit status is the verdict: with 0 CRIU ends the tree, with any other status CRIU lets the
 * tree run on. pramd ends the tree and answers "yes" only when all images, the manifest and the
 * memory are in PRAM. So at no time is the tree dead while its checkpoint is incomplete, and after
 * a failure before that the tree just runs on.
 *
 *   prepared   Before "commit": the tree is frozen, its images and the manifest are in nodes, and
 *              its memory is in nodes that are not committed. If the verdict is "no", CRIU lets
 *              the tree run on. Dumps of a group (group.h) wait here for one verdict.
 *   committed  From "commit" on the checkpoint is valid. From "end-tree" on the tree is dead, so
 *              undoing the dump means to restore the tree at once.
 *
 * The undo functions do not rely on that order. dump_let_tree_run() waits until CRIU has ended and
 * then checks whether the tree lives. CRIU may have killed the tree although the verdict was "no",
 * or because its hook was killed before it could ask.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/kept.h"
#include "core/manager.h"
#include "dump/dump.h"
#include "dump/state.h"
#include "unit/info.h"
#include "io.h"
#include "pb.h"
#include "str.h"

static const struct step steps[] = {
	{
		.name = "check",
		.error_prefix = "cannot begin the dump",
		.start = dump_check,
	}, {
		/* Begins the manifest with what is known before the dump. */
		.name = "describe",
		.error_prefix = "cannot begin the dump",
		.start = dump_describe,
	}, {
		/*
		 * Creates a directory for the images. Undo: removes all nodes and files of the
		 * checkpoint.
		 */
		.name = "make-place",
		.error_prefix = "cannot begin the dump",
		.start = dump_make_place,
		.undo = dump_remove_place,
	}, {
		/*
		 * Ends when the hook asks for the verdict; the tree is frozen then. Undo: answers
		 * the hook with "no" and waits for the end of CRIU. If the tree is dead, restores
		 * it at once.
		 */
		.name = "run-criu",
		.text = "dumping",
		.error_prefix = "cannot begin the dump",
		.start = dump_run_criu,
		.undo = dump_let_tree_run,
	}, {
		.name = "fix-timers",
		.error_prefix = "cannot reset the timers in CRIU's images",
		.start = dump_fix_timers,
	}, {
		/* Saves connections, and namespaces and addresses of a unit. */
		.name = "save-sandbox",
		.error_prefix = "cannot save its sandbox",
		.start = dump_save_sandbox,
	}, {
		/* Saves tmpfs files of a unit: archives the small ones, opens the others. */
		.name = "save-files",
		.error_prefix = "cannot save its run-time files",
		.start = dump_save_files,
	}, {
		.name = "complete-manifest",
		.error_prefix = "cannot make the manifest",
		.start = dump_complete_manifest,
	}, {
		/* Fails if the restore of a unit would. */
		.name = "check-needs",
		.error_prefix = "cannot check what its restore needs",
		.start = dump_check_needs,
	}, {
		.name = "store-images",
		.text = "keeping images",
		.error_prefix = "cannot keep its images in PRAM",
		.start = dump_store_images,
	}, {
		/* Now the checkpoint exists, but is discarded if its tree still lives. */
		.name = "store-manifest",
		.error_prefix = "cannot keep the manifest in PRAM",
		.start = dump_store_manifest,
	},
	/* --- prepared | committed --- */
	{
		/* Commits the memory nodes, unless the group has done that for all trees. */
		.name = "commit",
		.error_prefix = "cannot keep the memory of the processes",
		.start = dump_commit,
		.flags = STEP_COMMIT,
	}, {
		/* Kills the tree, answers the hook with "yes", and waits for the end of both. */
		.name = "end-tree",
		.text = "ending the tree",
		.error_prefix = "cannot end the processes",
		.start = dump_end_tree,
		.timeout_usec = dump_end_tree_pause,
		.timed_out = dump_look_if_ended,
		.flags = STEP_KILLS,
	}, {
		/*
		 * The processes of a unit have ended and cannot change its files: moves them into
		 * nodes.
		 */
		.name = "store-files",
		.error_prefix = "cannot keep its files in PRAM",
		.start = dump_store_files,
	}, {
		/* Marks the checkpoint ready, and removes the tree from the registry. */
		.name = "finish",
		.error_prefix = "cannot finish the checkpoint",
		.start = dump_finish,
	},
};

const struct step_table dump_table = {
	.name = "checkpoint",
	.subject = "Checkpoint",
	.failed = "failed",
	.failed_id = JOURNAL_CHECKPOINT_FAILED,
	.done_id = JOURNAL_CHECKPOINTED,
	.steps = steps,
	.n = ARRAY_SIZE(steps),
};

void dump_args_of_unit(struct dump_args *args, Pram__Options *options, const char *name,
		       struct unit_info *info, const struct unit_conf *conf)
{
	pram__options__init(options);
	if (conf->tcp_established)
		pb_set(options, tcp_established, true);
	else
		pb_set(options, tcp_close, true);
	*args = (struct dump_args){
		.name = name,
		.pid = info->main_pid,
		.options = options,
		.unit = info,
		.unit_conf = conf,
	};
}

void dump_not_started(struct dump_args *args, int err, outcome_t done, void *userdata)
{
	char text[128];
	const struct outcome outcome = {
		.code = PRAM__CODE__CODE_FAILED,
		.name = args->name,
		.message = text,
		.pid = args->pid,
	};

	snprintf(text, sizeof(text), "the dump cannot be started: %s", strerror(-err));
	unit_info_free(args->unit);
	args->unit = NULL;
	done(userdata, &outcome);
}

static void dump_free(struct dump *d)
{
	for (struct dump **p = &d->m->dumps; *p; p = &(*p)->next)
		if (*p == d) {
			*p = d->next;
			break;
		}
	steps_free(&d->steps);
	sd_event_source_disable_unref(d->watchdog);
	spawn_free(d->criu);
	spawn_free(d->saving);
	kept_stow_free(d->stow);
	unit_info_free(d->unit);
	pb_free(d->manifest);
	pb_free(d->options);
	fd_close(d->dir);
	free(d->name);
	free(d->logs);
	free(d->log);
	free(d);
}

static void on_end(void *op, Pram__Code code, const char *message)
{
	struct dump *d = op;
	struct outcome outcome = {
		.code = code,
		.name = d->name,
		.message = str_or(message),
		.reason = d->steps.reason_name,
		.log = d->criu ? d->log : NULL,
		.pid = d->pid,
	};

	if (d->frozen)
		outcome.frozen_usec = now_usec(CLOCK_BOOTTIME) - d->manifest->frozen_boottime_usec;
	d->group = NULL;
	d->done(d->userdata, &outcome);
	dump_free(d);
}

/* All is ready, and the tree is frozen. */
static void on_prepared(void *op)
{
	struct dump *d = op;

	if (d->criu_ended)
		dump_fail_prepared(d);
	else
		d->group_ops->prepared(d);
}

static int dump_new(struct job *job, struct dump_args *args, struct dump **ret)
{
	struct dump *d = calloc(1, sizeof(*d));

	*ret = d;
	if (!d)
		return -ENOMEM;
	d->job = job;
	d->m = job->m;
	d->dir = -1;
	d->pid = args->pid;
	d->starttime = args->starttime;
	d->unit = args->unit;
	args->unit = NULL;
	d->group = args->group;
	d->group_ops = args->group_ops;
	if (d->unit)
		d->unit_conf = *args->unit_conf;
	d->timeout_usec = d->unit ? args->unit_conf->dump_timeout_usec :
				    job->m->conf.dump_timeout_usec;
	d->name = strdup(args->name);
	d->options = args->options ? pb_dup(args->options) : NULL;
	if (!d->name || (args->options && !d->options))
		return -ENOMEM;
	d->steps = (struct steps){
		.table = &dump_table,
		.job = job,
		.event = job->m->event,
		.fault = &job->m->fault,
		.name = d->name,
		.op = d,
		.prepared = d->group ? on_prepared : NULL,
		.end = on_end,
	};
	return steps_start(&d->steps);
}

void dump_start(struct job *job, struct dump_args *args, outcome_t done, void *userdata)
{
	struct dump *d;
	int r = dump_new(job, args, &d);

	if (r < 0) {
		if (d)
			dump_free(d);
		dump_not_started(args, r, done, userdata);
		return;
	}
	d->done = done;
	d->userdata = userdata;
	d->next = d->m->dumps;
	d->m->dumps = d;
}
