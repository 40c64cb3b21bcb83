// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: a restore
 *
 * Nodes become image files, and CRIU creates the tree from them: in a scope of its own, or, for a
 * unit, in the sandbox and the control group that systemd has built around pram-unit-restore.
 *
 * A failure before the end of CRIU is rolled back: processes that CRIU left are killed, files
 * are moved into nodes again, and the checkpoint is kept. Once the tree runs, this is no longer
 * possible: the memory belongs to the processes, and killing them would lose it. So "run-criu" is
 * the point of no return. After it the manifest is removed before everything else, so that a
 * checkpoint cannot be restored twice.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "core/manager.h"
#include "restore/restore.h"
#include "restore/state.h"
#include "unit/net_wait.h"
#include "io.h"
#include "reasons.h"
#include "str.h"

static int claim(void *op);
static int release(void *op);

static const struct step steps[] = {
	{
		/*
		 * May refuse; then marks the checkpoint busy. Undo: marks it failed, with the
		 * reason.
		 */
		.name = "claim",
		.error_prefix = "cannot begin the restore",
		.start = claim,
		.undo = release,
	}, {
		/* At boot, another process may have a PID of the tree for a short time. */
		.name = "wait-for-pids",
		.error_prefix = "cannot wait for its process IDs",
		.start = restore_wait_for_pids,
		.timeout_usec = restore_pids_period,
		.timed_out = restore_look_at_pids,
	}, {
		.name = "make-place",
		.error_prefix = "cannot begin the restore",
		.start = restore_make_place,
	}, {
		/* Undo: moves all images, and files of a unit, back into nodes. */
		.name = "load-images",
		.text = "loading images",
		.error_prefix = "cannot load its images",
		.start = restore_load_images,
		.undo = restore_put_back,
	},
	/*
	 * Files of a unit's new sandbox. Most need no undo function: they vanish with the sandbox.
	 */
	{
		.name = "make-dirs",
		.text = "restoring",
		.error_prefix = "cannot restore its files",
		.start = restore_make_dirs,
	}, {
		.name = "unpack-files",
		.error_prefix = "cannot restore its run-time files",
		.start = restore_unpack_files,
	}, {
		.name = "fill-files",
		.error_prefix = "cannot restore its files",
		.start = restore_fill_files,
	}, {
		.name = "settle-dirs",
		.error_prefix = "cannot restore its files",
		.start = restore_settle_dirs,
	}, {
		.name = "wait-for-addresses",
		.error_prefix = "cannot wait for the network",
		.start = restore_wait_for_addresses,
	}, {
		/*
		 * The unit's files that were set aside on a disk. Undo: sets them aside again,
		 * because systemd removes them with the sandbox.
		 */
		.name = "move-files",
		.error_prefix = "cannot restore its files",
		.start = restore_move_files,
		.undo = restore_move_files_back,
	}, {
		/* Sockets of a .socket unit, which systemd has bound already. */
		.name = "take-sockets",
		.error_prefix = "cannot get the sockets of its .socket unit",
		.start = restore_take_sockets,
	}, {
		/* While CRIU works, its hook may ask for shared memory: criu_hook.c. */
		.name = "run-criu",
		.error_prefix = "cannot start CRIU",
		.start = restore_run_criu,
		.undo = restore_kill_leftovers,
		.flags = STEP_NO_RETURN,
	},
	/* --- the tree runs --- */
	{
		.name = "finish",
		.error_prefix = "cannot remove the checkpoint",
		.start = restore_finish,
	},
};

const struct step_table restore_table = {
	.name = "restore",
	.subject = "Checkpoint",
	.failed = "could not be restored and is kept",
	.failed_id = JOURNAL_RESTORE_FAILED,
	.done_id = JOURNAL_RESTORED,
	.steps = steps,
	.n = ARRAY_SIZE(steps),
};

static int claim(void *op)
{
	struct restore *rs = op;
	struct ckpt *c = ckpt_find(rs->m, rs->name);

	if (!c)
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_NOT_FOUND,
				    NO_CHECKPOINT, rs->name);
	if (c->state == CKPT_BUSY)
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_BUSY,
				    CHECKPOINT_BUSY, rs->name);
	if (ckpt_is_unread(rs->m, c))
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_BUSY,
				    "checkpoint %s is kept, but %s: try again in a moment", rs->name,
				    str_or(c->reason));
	if (c->state == CKPT_CORRUPT || !c->manifest)
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_REFUSED,
				    "checkpoint %s is corrupt: %s. It can only be removed (pramctl remove)",
				    rs->name,
				    str_empty(c->reason) ? "its manifest is missing" : c->reason);
	if (c->manifest->unit && !rs->holder)
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_REFUSED,
				    "%s is a service: restore it with systemctl start", rs->name);
	if (!c->manifest->unit && rs->holder)
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_REFUSED,
				    "checkpoint %s is not one of a service: use pramctl restore",
				    rs->name);
	/*
	 * Without the plugin CRIU would not enter the unit, and restore it outside of its sandbox.
	 */
	if (c->manifest->unit && !rs->m->conf.criu_lib[0])
		return steps_refuse(&rs->steps, PRAM__CODE__CODE_REFUSED,
				    "a service cannot be restored without CRIU's plugin: set CriuLib= in %s",
				    rs->m->conf.file);
	rs->ckpt = c;
	rs->pid = c->manifest->root_pid;
	rs->kept_pages = c->kept_pages;
	ckpt_set_state(c, CKPT_BUSY, NULL);
	restore_set_limit(rs);
	return STEP_DONE;
}

static int release(void *op)
{
	struct restore *rs = op;
	struct ckpt *c = rs->ckpt;
	char note[REASON_NOTE_MAX];
	char *why __cleanup(freep) = NULL;

	if (!c)
		return STEP_DONE;
	why = str_printf("%s%s", str_or(steps_reason(&rs->steps)),
			 reason_note(rs->steps.reason_name, note));
	/*
	 * The peers of a unit must not wait for a restore that may never come. A tree is restored
	 * or removed by a user, until then its packets stay blocked.
	 */
	if (c->manifest->unit)
		restore_release_packets(c->manifest);
	/* Memory that was put back is lost with its process. */
	if (c->memories < c->manifest->n_memory || !kept_whole(c))
		ckpt_set_state(c, CKPT_CORRUPT, why);
	else
		ckpt_set_state(c, CKPT_FAILED, why);
	return STEP_DONE;
}

static void restore_free(struct restore *rs)
{
	for (struct restore **p = &rs->m->restores; *p; p = &(*p)->next)
		if (*p == rs) {
			*p = rs->next;
			break;
		}
	steps_free(&rs->steps);
	spawn_free(rs->criu);
	spawn_free(rs->loading);
	kept_stow_free(rs->stow);
	netwait_free(rs->netwait);
	for (size_t i = 0; rs->outside && i < rs->n_outside; i++)
		fd_close(rs->outside[i]);
	for (size_t i = 0; i < DISK_DIRS_MAX; i++)
		fd_close(rs->disk_dirs[i]);
	free(rs->outside);
	fd_close(rs->dir);
	free(rs->name);
	free(rs->logs);
	free(rs->log);
	free(rs);
}

static void on_end(void *op, Pram__Code code, const char *message)
{
	struct restore *rs = op;
	struct outcome outcome = {
		.code = code,
		.name = rs->name,
		.message = str_or(message),
		.reason = rs->steps.reason_name,
		.log = code ? rs->log : NULL,
		.pid = rs->pid,
		.outage_usec = rs->outage_usec,
	};

	rs->dir = fd_close(rs->dir);	/* releases the lock */
	rs->done(rs->userdata, &outcome);
	restore_free(rs);
}

static int restore_new(struct job *job, const char *name, struct restore **ret)
{
	struct restore *rs = calloc(1, sizeof(*rs));

	*ret = rs;
	if (!rs)
		return -ENOMEM;
	rs->job = job;
	rs->m = job->m;
	rs->dir = -1;
	for (size_t i = 0; i < DISK_DIRS_MAX; i++)
		rs->disk_dirs[i] = -1;
	rs->begun_usec = now_usec(CLOCK_REALTIME);
	rs->name = strdup(name);
	if (!rs->name)
		return -ENOMEM;
	rs->steps = (struct steps){
		.table = &restore_table,
		.job = job,
		.event = job->m->event,
		.fault = &job->m->fault,
		.name = rs->name,
		.op = rs,
		.end = on_end,
	};
	return steps_start(&rs->steps);
}

void restore_start(struct job *job, const char *name, uint32_t holder, outcome_t done,
		   void *userdata)
{
	struct outcome outcome = { .code = PRAM__CODE__CODE_FAILED, .name = name };
	struct restore *rs;
	char text[128];
	int r = restore_new(job, name, &rs);

	if (r < 0) {
		if (rs)
			restore_free(rs);
		snprintf(text, sizeof(text), "the restore cannot be started: %s", strerror(-r));
		outcome.message = text;
		done(userdata, &outcome);
		return;
	}
	rs->holder = holder;
	rs->done = done;
	rs->userdata = userdata;
	rs->next = rs->m->restores;
	rs->m->restores = rs;
}
