// SPDX-License-Identifier: GPL-2.0-only
/*
 * The result of CRIU, the verdict for its hook, and the fate of the tree. Whether the tree lives is
 * always read from /proc (PID and start time) after CRIU has ended, and never derived from CRIU's
 * exit status.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "core/manager.h"
#include "core/server.h"
#include "criu/tcp_repair.h"
#include "criu/tool_reason.h"
#include "dump/dump.h"
#include "dump/state.h"
#include "restore/restore.h"
#include "beneath.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "proc.h"

bool dump_tree_lives(const struct dump *d)
{
	return proc_same(d->manifest->root_pid, d->manifest->processes[0]->starttime);
}

void dump_answer_hook(struct dump *d, Pram__Code code)
{
	if (d->hook && !d->criu_ended)
		spawn_limit(d->criu, d->timeout_usec);
	if (d->hook)
		client_answer_code(d->hook, code, steps_reason(&d->steps));
	d->hook = NULL;
	d->state = DUMP_END;
}

/* --- CRIU has ended ----------------------------------------------------------------------- */

static void explain(struct dump *d, const struct spawn_result *result)
{
	struct reason_told told;

	if ((!result->timed_out && !result->status) || steps_failed(&d->steps))
		return;
	criu_tell(result, d->log, CRIULOG_DUMP, d->manifest, &told);
	steps_error_told(&d->steps, &told);
}

/*
 * CRIU has ended without running the hook. If the tree is dead nevertheless, the images are
 * complete and can be stored now.
 */
static int end_without_hook(struct dump *d)
{
	if (dump_tree_lives(d) || d->manifest->options->leave_running)
		steps_error(&d->steps,
			    "CRIU ended without an error, but did not complete the dump");
	if (steps_failed(&d->steps))
		return -ECHILD;
	if (dump_complete_manifest(d) < 0) {
		steps_error(&d->steps, "the process has ended");
		return -ECHILD;
	}
	d->images_written = true;
	d->state = DUMP_STORE;
	return STEP_DONE;
}

/*
 * Does an error of CRIU matter? Not if pramd has ended the tree itself, and not with --leave-running
 * after the verdict, if the tree lives.
 */
static bool error_matters(const struct dump *d)
{
	if (d->ended)
		return false;
	return d->state != DUMP_END || !d->manifest->options->leave_running || !dump_tree_lives(d);
}

/* Goes on with the step that waits for the end of CRIU: end-tree, or the undoing of run-criu. */
static void after_verdict(struct dump *d)
{
	int r = d->steps.back ? STEP_AGAIN : dump_look_if_ended(d);

	if (r != STEP_WAIT)
		steps_done(&d->steps, r);
}

/* CRIU or its hook was killed, so the dump cannot wait for the verdict. */
void dump_fail_prepared(struct dump *d)
{
	d->prepared = false;	/* what the steps wait for from now on is not the verdict */
	steps_error(&d->steps, "CRIU has ended before the verdict");
	steps_done(&d->steps, -ECHILD);
}

void dump_on_criu(void *userdata, const struct spawn_result *result)
{
	struct dump *d = userdata;

	d->criu_ended = true;
	/* If only CRIU was killed, its hook still waits, and holds the lock of the images. */
	if (d->ready)
		client_answer_code(d->ready, PRAM__CODE__CODE_FAILED, "CRIU has ended");
	d->ready = NULL;
	if (d->has_turn)
		d->group_ops->written(d);
	if (error_matters(d))
		explain(d, result);
	if (d->state == DUMP_CRIU)
		steps_done(&d->steps, end_without_hook(d));
	else if (d->prepared)
		dump_fail_prepared(d);
	else if (d->state == DUMP_END)
		after_verdict(d);
	/* DUMP_STORE: the hook was killed. The step that is running ends first. */
}

/* --- the hook ----------------------------------------------------------------------------- */

/* CRIU waits in its pre-dump script. */
static void on_ready(struct dump *d, struct client *client)
{
	if (steps_failed(&d->steps)) {
		client_answer_code(client, PRAM__CODE__CODE_CALLED_OFF, steps_reason(&d->steps));
		return;
	}
	d->ready = client;
	spawn_limit(d->criu, 0);
	if (d->group)
		d->group_ops->ready(d);
	else
		dump_freeze(d);
}

/*
 * All images are written, and CRIU waits for the verdict. If CRIU were killed while it waits, the
 * connections of the tree would stay in repair mode.
 */
static void on_dumped(struct dump *d, struct client *client)
{
	d->hook = client;
	spawn_limit(d->criu, 0);
	d->images_written = true;
	d->state = DUMP_STORE;
	if (d->has_turn)
		d->group_ops->written(d);
	steps_done(&d->steps, STEP_DONE);
}

void dump_hook(struct manager *m, struct client *client, const Pram__HookRequest *req)
{
	struct dump *d = m->dumps;

	while (d && (d->state != DUMP_CRIU || d->token != req->token || d->ready ||
		     d->frozen == req->freeze))
		d = d->next;
	if (!d)
		client_answer_code(client, PRAM__CODE__CODE_REFUSED, "no dump waits for this hook");
	else if (req->freeze)
		on_ready(d, client);
	else
		on_dumped(d, client);
}

void dump_client_gone(struct manager *m, struct client *client)
{
	for (struct dump *d = m->dumps; d; d = d->next) {
		if (d->ready != client && d->hook != client)
			continue;
		/* CRIU will end as well, with or without the tree, and has its time for that. */
		if (!d->criu_ended)
			spawn_limit(d->criu, d->timeout_usec);
		if (d->ready == client)
			d->ready = NULL;
		if (d->hook == client)
			d->hook = NULL;
	}
}

/* --- undo ---------------------------------------------------------------------------------- */

static void on_restored(void *userdata, const struct outcome *o)
{
	struct dump *d = userdata;

	if (o->code)
		log_error("%s could not be restored after the failed dump: %s", o->name,
			  o->message);
	steps_done(&d->steps, STEP_DONE);
}

/*
 * CRIU has killed the tree, but the checkpoint cannot be kept: restores the tree at once. The
 * images may be files or nodes, but there has to be a manifest. A unit is restored when pramd has
 * systemd start it.
 */
static int restore_at_once(struct dump *d)
{
	struct ckpt *c = d->ckpt;
	int r;

	d->ckpt = NULL;		/* belongs to the restore from now on */
	pb_free(c->manifest);
	c->manifest = pb_dup(d->manifest);
	if (!c->manifest) {
		log_error("No memory to restore %s; its images stay in %s", c->name, d->logs);
		return -ENOMEM;
	}
	d->dir = fd_close(d->dir);	/* releases the lock */
	ckpt_set_state(c, CKPT_READY, NULL);
	if (!d->unit) {
		restore_start(d->job, d->name, 0, on_restored, d);
		return STEP_WAIT;
	}
	r = store_put_manifest(d->m->dev, d->manifest);
	return r < 0 && r != -EEXIST ? r : STEP_DONE;
}

/*
 * The tree is dead. Was it ended by CRIU, which has committed its memory then? If it was killed while
 * it was frozen, the "no" has made the plugin free the memory: there is no checkpoint.
 */
static bool is_complete(struct dump *d)
{
	if (dump_complete_manifest(d) < 0 || ckpt_scan(d->m) < 0)
		return false;
	return d->ckpt->memories >= d->manifest->n_memory;
}

/* CRIU does this itself, unless it was killed. */
static void clean_up(struct dump *d)
{
	int root __cleanup(fd_closep) = beneath_root(d->manifest->root_pid);

	if (d->manifest->options->tcp_established)
		tcp_repair_end(d->manifest->processes, d->manifest->n_processes, d->log);
	if (root >= 0)
		links_remove_made(d->dir, root);
}

int dump_let_tree_run(void *op)
{
	struct dump *d = op;

	dump_answer_hook(d, PRAM__CODE__CODE_FAILED);
	if (!d->criu)
		return STEP_DONE;
	if (!d->criu_ended)
		return STEP_WAIT;	/* dump_on_criu() has the engine call this function again */
	if (d->ended || (d->images_written && !dump_tree_lives(d) &&
			 !d->manifest->options->leave_running && is_complete(d)))
		return restore_at_once(d);
	if (dump_tree_lives(d))
		clean_up(d);
	return STEP_DONE;
}
