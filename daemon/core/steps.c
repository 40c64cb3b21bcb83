// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/step_fault.h"
#include "core/steps.h"
#include "log.h"
#include "reasons.h"
#include "str.h"

static const struct step *steps_current(const struct steps *s)
{
	return &s->table->steps[s->at];
}

/* --- the end ------------------------------------------------------------------------------ */

/* Reports the result to the journal and to the caller. The end function may free @s. */
static void steps_finish(struct steps *s)
{
	const struct step_table *t = s->table;
	const char *why = s->reason ? s->reason : "no memory";
	char note[REASON_NOTE_MAX];

	if (s->code == PRAM__CODE__CODE_FAILED)
		journal_event(t->failed_id, LOG_ERR, s->name, "%s%s%s %s: %s%s", t->subject,
			      s->name ? " " : "", str_or(s->name), t->failed, why,
			      reason_note(s->reason_name, note));
	else if (!s->code && s->message && t->done_id != JOURNAL_NONE)
		journal_event(t->done_id, LOG_NOTICE, s->name, "%s%s%s: %s", t->subject,
			      s->name ? " " : "", str_or(s->name), s->message);
	s->end(s->op, s->code, s->code ? why : s->message);
}

/* --- turns and time ----------------------------------------------------------------------- */

/*
 * Continues from the event loop, after pending input and output. @result is the result of the
 * step or undo function.
 */
static void steps_next_turn(struct steps *s, int result)
{
	s->result = result;
	sd_event_source_set_enabled(s->turn, SD_EVENT_ONESHOT);
}

static int steps_start_timer(struct steps *s);

static int on_timer(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		    void *userdata)
{
	struct steps *s = userdata;
	const struct step *step = steps_current(s);
	int r = step->timed_out ? step->timed_out(s->op) : -ETIMEDOUT;

	if (r == STEP_WAIT && s->waiting)
		r = steps_start_timer(s);
	if (r != STEP_WAIT)
		steps_done(s, r);
	return 0;
}

static int steps_start_timer(struct steps *s)
{
	const struct step *step = steps_current(s);
	int r;

	s->timer = sd_event_source_disable_unref(s->timer);
	if (!step->timeout_usec || s->back)
		return STEP_WAIT;
	r = sd_event_add_time_relative(s->event, &s->timer, CLOCK_MONOTONIC,
				       step->timeout_usec(s->op), 0, on_timer, s);
	return r < 0 ? r : STEP_WAIT;
}

void steps_done(struct steps *s, int result)
{
	if (!s->waiting)
		return;
	s->waiting = false;
	s->timer = sd_event_source_disable_unref(s->timer);
	steps_next_turn(s, result);
}

/*
 * Calls the start or undo function of the current step. Returns true if it has ended, with its
 * result in @ret, and false if the engine will continue from the event loop.
 */
static bool steps_call(struct steps *s, int *ret)
{
	int (*call)(void *op) = s->back ? steps_current(s)->undo : steps_current(s)->start;
	int r = STEP_DONE;

	s->waiting = true;	/* the function itself may call steps_done() */
	if (call)
		r = call(s->op);
	if (r == STEP_WAIT && s->waiting)
		r = steps_start_timer(s);
	if (r == STEP_WAIT)
		return false;
	s->waiting = false;
	if (r == STEP_AGAIN)
		steps_next_turn(s, r);
	*ret = r;
	return r != STEP_AGAIN;
}

/* --- roll-back ---------------------------------------------------------------------------- */

/* The undo function of step @at has ended with @r. Undoes the steps before it. */
static void steps_go_back(struct steps *s, int r)
{
	do {
		if (r < 0)
			log_error("%s%s%s: cannot undo step %s: %s", s->table->subject,
				  s->name ? " " : "", str_or(s->name), steps_current(s)->name,
				  strerror(-r));
		if (!s->at) {
			steps_finish(s);
			return;
		}
		s->at--;
	} while (steps_call(s, &r));
}

/* Step @at has failed, or must not be started: begins the roll-back. */
static void steps_turn_back(struct steps *s)
{
	bool undo = s->begun;
	int r = STEP_DONE;

	s->back = true;
	if (!undo || steps_call(s, &r))
		steps_go_back(s, r);
}

/* --- forward ------------------------------------------------------------------------------ */

/* Fails the current step if a test has set a fault for this point. */
static int steps_fault(struct steps *s, bool after)
{
	const char *step = steps_current(s)->name;

	if (step_fault_fire(s->fault, s->table->name, step, after) == STEP_FAULT_NONE)
		return STEP_DONE;
	steps_error(s, "a test makes it fail %s step %s", after ? "after" : "before", step);
	return -ECANCELED;
}

/* Makes the errno @r the reason, unless the step has given one. */
static void steps_explain(struct steps *s, int r)
{
	const struct step *step = steps_current(s);

	steps_error(s, "%s: %s", step->error_prefix ? step->error_prefix : step->name,
		    r == -ETIMEDOUT ? "it took too long" : strerror(-r));
}

/* After the point of no return, an error is logged and the operation continues. */
static void steps_carry_on(struct steps *s)
{
	log_error("%s%s%s: step %s: %s", s->table->subject, s->name ? " " : "", str_or(s->name),
		  steps_current(s)->name, str_or(s->reason));
	free(s->reason);
	s->reason = NULL;
	s->reason_name = NULL;
	s->code = PRAM__CODE__CODE_OK;
}

/* Step @at has ended with @r. Returns false if the operation has to be rolled back. */
static bool steps_end_step(struct steps *s, int r)
{
	if (r < 0)
		steps_explain(s, r);
	else if (!s->code)
		steps_fault(s, true);
	if (r >= 0 && steps_current(s)->flags & STEP_NO_RETURN)
		s->no_return = true;
	if (s->code && s->no_return)
		steps_carry_on(s);
	return !s->code;
}

/* Starts step @at. Returns as steps_call() does. */
static bool steps_begin_step(struct steps *s, int *ret)
{
	s->begun = true;
	*ret = steps_fault(s, false);
	if (*ret < 0 && !s->no_return)
		return true;
	if (*ret < 0)
		steps_carry_on(s);
	steps_progress(s, NULL, 0, 0);
	return steps_call(s, ret);
}

/* Before the commit, waits for the verdict of the operation's owner, if it gives one. */
static bool steps_wait_for_verdict(struct steps *s)
{
	if (!s->prepared || !(steps_current(s)->flags & STEP_COMMIT))
		return false;
	s->waiting = true;
	s->prepared(s->op);
	return true;
}

/* Step @at has ended with @r. Runs the following steps until one of them waits. */
static void steps_go_on(struct steps *s, int r)
{
	do {
		if (!steps_end_step(s, r)) {
			steps_turn_back(s);
			return;
		}
		s->at++;
		s->begun = false;
		if (r == STEP_END || s->at == s->table->n) {
			steps_finish(s);
			return;
		}
		if (steps_wait_for_verdict(s))
			return;
	} while (steps_begin_step(s, &r));
}

/* Enters step @at, which has not begun: it is the first step, or the verdict has come. */
static void steps_enter(struct steps *s, int r)
{
	if (r < 0)
		steps_explain(s, r);
	if (s->code)
		steps_turn_back(s);
	else if (steps_begin_step(s, &r))
		steps_go_on(s, r);
}

static int on_turn(sd_event_source *source __unused_arg, void *userdata)
{
	struct steps *s = userdata;
	int r = s->result;

	if (s->back) {
		if (r != STEP_AGAIN || steps_call(s, &r))
			steps_go_back(s, r);
	} else if (!s->begun) {
		steps_enter(s, r);
	} else if (r == STEP_AGAIN && s->code && !s->no_return) {
		steps_turn_back(s);	/* do not continue a step that has failed */
	} else if (r != STEP_AGAIN || steps_call(s, &r)) {
		steps_go_on(s, r);
	}
	return 0;
}

int steps_start(struct steps *s)
{
	int r = sd_event_add_defer(s->event, &s->turn, on_turn, s);

	if (r < 0)
		return r;
	/* Lower priority than input and output, so a step in many pieces does not block clients. */
	sd_event_source_set_priority(s->turn, SD_EVENT_PRIORITY_NORMAL + 10);
	steps_next_turn(s, STEP_DONE);
	return 0;
}

void steps_free(struct steps *s)
{
	s->turn = sd_event_source_disable_unref(s->turn);
	s->timer = sd_event_source_disable_unref(s->timer);
	free(s->reason);
	free(s->message);
	s->reason = s->message = NULL;
}
