// SPDX-License-Identifier: GPL-2.0-only
/* What CRIU and its hook report during a dump, up to the end of CRIU. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/manager.h"
#include "core/server.h"
#include "criu/tool_reason.h"
#include "dump/dump.h"
#include "dump/state.h"
#include "reasons.h"

/* --- the end of CRIU ---------------------------------------------------------------------- */

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
			    "CRIU ended without an error, but did not complete the dump; its log is %s",
			    d->log);
	if (steps_failed(&d->steps))
		return -ECHILD;
	if (dump_complete_manifest(d) < 0) {
		steps_error_named(&d->steps, reasons[REASON_PROCESS_ENDED].name,
				  "process %" PRIu32 " ended during the dump",
				  d->manifest->root_pid);
		return -ECHILD;
	}
	d->images_written = true;
	d->state = DUMP_STORE;
	return STEP_DONE;
}

/*
 * Does an error of CRIU matter? Not if pramd has ended the tree itself, and not with
 * --leave-running after the verdict, if the tree lives.
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
	steps_error(&d->steps,
		    "CRIU ended while its dump waited for the other dumps; its log is %s", d->log);
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
		client_answer_code(client, PRAM__CODE__CODE_REFUSED,
				   "no dump waits for this hook: only CRIU may run it");
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
