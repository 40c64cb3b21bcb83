// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine that runs a table of steps, on a real event loop. Each test sets what the steps and undo
 * functions do. All calls are recorded in one line of text: "a" for a step, "-a" for its undo
 * function.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/job.h"
#include "core/journal.h"
#include "core/step_fault.h"
#include "core/steps.h"
#include "test.h"

#define N 4

/* Behaviour of a step or an undo function: results in the order of the calls; the last one is repeated. */
struct script {
	int results[4];
	unsigned int calls;
	int later;		/* result with which a STEP_WAIT ends */
	bool at_once;		/* steps_done() is called before the step returns */
	const char *error;	/* reason that the first call reports */
};

static struct op {
	struct steps steps;
	struct script does[N], undoes[N];
	sd_event *event;
	char trace[512];
	char progress[256];
	char journal[256];
	Pram__Code code;
	char message[256];
	bool ended;
	unsigned int timeouts;	/* number of time-outs that the step tolerates */
	unsigned int prepared;
} t;

static void note(char *to, size_t size, const char *what)
{
	size_t len = strlen(to);

	assert_true(len + strlen(what) + 2 < size);
	snprintf(to + len, size - len, "%s%s", len ? " " : "", what);
}

/* --- functions that the engine calls ------------------------------------------------------ */

void job_progress(struct job *job, const char *name, const char *step, uint64_t done, uint64_t total)
{
	char text[64];

	(void)job;
	assert_string_equal(name, "it");
	snprintf(text, sizeof(text), "%s %d/%d", step, (int)done, (int)total);
	note(t.progress, sizeof(t.progress), text);
}

void journal_event(enum journal_id id, int priority, const char *name, const char *fmt, ...)
{
	va_list ap;

	assert_true(id == JOURNAL_CHECKPOINT_FAILED || id == JOURNAL_CHECKPOINTED);
	assert_int_equal(priority, id == JOURNAL_CHECKPOINTED ? LOG_NOTICE : LOG_ERR);
	assert_string_equal(name, "it");
	va_start(ap, fmt);
	vsnprintf(t.journal, sizeof(t.journal), fmt, ap);
	va_end(ap);
}

/* --- the table ---------------------------------------------------------------------------- */

static int on_later(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct script *s = userdata;

	(void)usec;
	sd_event_source_unref(source);
	steps_done(&t.steps, s->later);
	return 0;
}

static int play(struct script *s)
{
	unsigned int i = s->calls < ARRAY_SIZE(s->results) ? s->calls : ARRAY_SIZE(s->results) - 1;
	sd_event_source *source = NULL;
	int r = s->results[i];

	if (!s->calls++ && s->error)
		steps_error(&t.steps, "%s", s->error);
	if (r == STEP_WAIT && s->at_once)
		steps_done(&t.steps, s->later);
	else if (r == STEP_WAIT && s->later != STEP_WAIT)
		assert_true(sd_event_add_time_relative(t.event, &source, CLOCK_MONOTONIC, 1000, 1,
						       on_later, s) >= 0);
	return r;
}

#define STEP(letter, i)								\
	static int do_##letter(void *op)					\
	{									\
		struct op *o = op;						\
										\
		note(o->trace, sizeof(o->trace), #letter);			\
		return play(&o->does[i]);					\
	}									\
										\
	static int undo_##letter(void *op)					\
	{									\
		struct op *o = op;						\
										\
		note(o->trace, sizeof(o->trace), "-" #letter);			\
		return play(&o->undoes[i]);					\
	}

STEP(a, 0)
STEP(b, 1)
STEP(c, 2)
STEP(d, 3)

static uint64_t soon(void *op)
{
	(void)op;
	return 2000;
}

static int timed_out(void *op)
{
	struct op *o = op;

	note(o->trace, sizeof(o->trace), "over");
	if (o->timeouts) {
		o->timeouts--;
		return STEP_WAIT;
	}
	steps_error(&o->steps, "the wait is over");
	return -ETIMEDOUT;
}

static struct step steps[N];
static struct step_table table = {
	.name = "test",
	.subject = "Test",
	.failed = "has failed",
	.failed_id = JOURNAL_CHECKPOINT_FAILED,
	.steps = steps,
	.n = N,
};

static void on_end(void *op, Pram__Code code, const char *message)
{
	struct op *o = op;

	assert_false(o->ended);
	o->ended = true;
	o->code = code;
	note(o->trace, sizeof(o->trace), "end");
	snprintf(o->message, sizeof(o->message), "%s", message ? message : "(none)");
	steps_free(&o->steps);	/* like a callback that frees the operation */
	memset(&o->steps, 0xff, sizeof(o->steps));
}

static int setup(void **state)
{
	static const struct step plain[N] = {
		{ "a", "making a", "cannot make a", do_a, undo_a, NULL, NULL, 0 },
		{ "b", NULL, NULL, do_b, undo_b, NULL, NULL, 0 },
		{ "c", "making c", NULL, do_c, undo_c, NULL, NULL, 0 },
		{ "d", NULL, NULL, do_d, undo_d, NULL, NULL, 0 },
	};

	(void)state;
	memset(&t, 0, sizeof(t));
	memcpy(steps, plain, sizeof(steps));
	table.done_id = JOURNAL_NONE;
	assert_true(sd_event_new(&t.event) >= 0);
	t.steps = (struct steps){
		.table = &table,
		.event = t.event,
		.name = "it",
		.op = &t,
		.end = on_end,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sd_event_unref(t.event);
	return 0;
}

/* Runs the loop until the operation ends or nothing happens any more. */
static void run(void)
{
	if (!t.ended && !t.prepared)
		assert_int_equal(steps_start(&t.steps), 0);
	while (!t.ended && sd_event_run(t.event, 100000) > 0)
		;
}

static void ends(const char *trace, Pram__Code code, const char *message)
{
	run();
	assert_string_equal(t.trace, trace);
	assert_true(t.ended);
	assert_int_equal(t.code, code);
	assert_string_equal(t.message, message);
	if (code == PRAM__CODE__CODE_FAILED)
		assert_int_equal(strncmp(t.journal, "Test it has failed: ", 20), 0);
	else
		assert_string_equal(t.journal, "");
}

#define OK PRAM__CODE__CODE_OK
#define FAILED PRAM__CODE__CODE_FAILED

/* --- forward ------------------------------------------------------------------------------ */

static void test_all_done(void **state)
{
	(void)state;
	ends("a b c d end", OK, "(none)");
	assert_string_equal(t.progress, "making a 0/0 making c 0/0");
}

static void test_nothing_before_the_loop(void **state)
{
	(void)state;
	assert_int_equal(steps_start(&t.steps), 0);
	assert_string_equal(t.trace, "");
	steps_free(&t.steps);
}

static void test_waits(void **state)
{
	(void)state;
	t.does[0].results[0] = t.does[2].results[0] = STEP_WAIT;
	t.does[3] = (struct script){ .results = { STEP_WAIT }, .at_once = true };
	ends("a b c d end", OK, "(none)");
}

/* Without steps_done() the engine waits. */
static void test_waits_for_ever(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	run();
	assert_false(t.ended);
	assert_string_equal(t.trace, "a b");
	steps_done(&t.steps, STEP_DONE);
	steps_done(&t.steps, -EIO);	/* a second call is ignored */
	while (!t.ended && sd_event_run(t.event, 100000) > 0)
		;
	assert_string_equal(t.trace, "a b c d end");
	assert_int_equal(t.code, OK);
}

static void test_in_pieces(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_AGAIN, STEP_WAIT, STEP_DONE }, .later = STEP_AGAIN };
	ends("a b b b c d end", OK, "(none)");
	assert_string_equal(t.progress, "making a 0/0 making c 0/0");
}

static int pieces_seen;

static int on_other(sd_event_source *source, void *userdata)
{
	(void)source;
	(void)userdata;
	pieces_seen = (int)t.does[1].calls;
	return 0;
}

/* Other event sources run between two pieces of a step. */
static void test_pieces_yield(void **state)
{
	sd_event_source *other;

	(void)state;
	assert_true(sd_event_add_defer(t.event, &other, on_other, NULL) >= 0);
	sd_event_source_set_enabled(other, SD_EVENT_OFF);
	t.does[1] = (struct script){ .results = { STEP_AGAIN, STEP_AGAIN, STEP_AGAIN, STEP_DONE } };
	assert_int_equal(steps_start(&t.steps), 0);
	assert_true(sd_event_run(t.event, 0) > 0);
	assert_int_equal(t.does[1].calls, 1);
	sd_event_source_set_enabled(other, SD_EVENT_ONESHOT);
	assert_true(sd_event_run(t.event, 0) > 0);
	assert_int_equal(pieces_seen, 1);
	while (!t.ended && sd_event_run(t.event, 100000) > 0)
		;
	assert_string_equal(t.trace, "a b b b b c d end");
	sd_event_source_unref(other);
}

static void test_ends_early(void **state)
{
	(void)state;
	t.does[1].results[0] = STEP_END;
	ends("a b end", OK, "(none)");
}

static int told(void *op)
{
	struct op *o = op;

	steps_message(&o->steps, "%d is %s", 1, "said");
	steps_message(&o->steps, "%d is %s", 2, "said");
	steps_progress(&o->steps, NULL, 3, 4);
	steps_progress(&o->steps, "more", 5, 6);
	return STEP_DONE;
}

static void test_says(void **state)
{
	(void)state;
	steps[2].start = told;
	ends("a b d end", OK, "2 is said");
	assert_string_equal(t.progress, "making a 0/0 making c 0/0 making c 3/4 more 5/6");
}

/* Success is logged as an event if the table defines one and a message was set. */
static void test_success_in_the_journal(void **state)
{
	(void)state;
	table.done_id = JOURNAL_CHECKPOINTED;
	steps[2].start = told;
	run();
	assert_string_equal(t.journal, "Test it: 2 is said");
}

static void test_success_without_message(void **state)
{
	(void)state;
	table.done_id = JOURNAL_CHECKPOINTED;
	ends("a b c d end", OK, "(none)");
}

/* --- failure ------------------------------------------------------------------------------ */

static void test_first_fails(void **state)
{
	(void)state;
	t.does[0].results[0] = -ENOSPC;
	ends("a -a end", FAILED, "cannot make a: No space left on device");
	assert_string_equal(t.journal, "Test it has failed: cannot make a: No space left on device");
}

static void test_last_fails(void **state)
{
	(void)state;
	t.does[3].results[0] = -EIO;
	ends("a b c d -d -c -b -a end", FAILED, "d: Input/output error");
}

static void test_fails_later(void **state)
{
	(void)state;
	t.does[2] = (struct script){ .results = { STEP_WAIT }, .later = -EIO };
	ends("a b c -c -b -a end", FAILED, "c: Input/output error");
}

static void test_fails_at_once(void **state)
{
	(void)state;
	t.does[2] = (struct script){ .results = { STEP_WAIT }, .later = -EIO, .at_once = true };
	ends("a b c -c -b -a end", FAILED, "c: Input/output error");
}

static void test_fails_in_a_piece(void **state)
{
	(void)state;
	t.does[2] = (struct script){ .results = { STEP_AGAIN, STEP_AGAIN, -EIO } };
	ends("a b c c c -c -b -a end", FAILED, "c: Input/output error");
}

/* If a step reports a reason, it fails regardless of its return value, and its next piece is not called. */
static void test_reason_is_enough(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_DONE }, .error = "no good" };
	ends("a b -b -a end", FAILED, "no good");
}

static void test_reason_stops_pieces(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_AGAIN }, .error = "no good" };
	ends("a b -b -a end", FAILED, "no good");
}

static void test_reason_stops_early_end(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_END }, .error = "no good" };
	ends("a b -b -a end", FAILED, "no good");
}

/* A step that waits must end first, successfully or not; then the reason makes it fail. */
static void test_reason_while_it_waits(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	run();
	steps_error(&t.steps, "somebody died");
	assert_false(sd_event_run(t.event, 1000) > 0);
	assert_string_equal(t.trace, "a b");
	steps_done(&t.steps, STEP_AGAIN);
	while (!t.ended && sd_event_run(t.event, 100000) > 0)
		;
	assert_string_equal(t.trace, "a b -b -a end");
	assert_string_equal(t.message, "somebody died");
}

static void test_first_reason_is_kept(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { -EIO }, .error = "first" };
	t.undoes[1].error = "second";
	t.undoes[0].results[0] = -ENOMEM;
	ends("a b -b -a end", FAILED, "first");
}

static int refuses(void *op)
{
	struct op *o = op;

	note(o->trace, sizeof(o->trace), "b");
	steps_error(&o->steps, "first");
	return steps_refuse(&o->steps, PRAM__CODE__CODE_EXISTS, "second");
}

static int refuses_only(void *op)
{
	struct op *o = op;

	note(o->trace, sizeof(o->trace), "b");
	return steps_refuse(&o->steps, PRAM__CODE__CODE_EXISTS, "there is %d", 1);
}

/* A refusal has its own error code and is not logged as an event. */
static void test_refusal(void **state)
{
	(void)state;
	steps[1].start = refuses_only;
	ends("a b -b -a end", PRAM__CODE__CODE_EXISTS, "there is 1");
}

static void test_refusal_after_reason(void **state)
{
	(void)state;
	steps[1].start = refuses;
	ends("a b -b -a end", FAILED, "first");
}

/* --- back --------------------------------------------------------------------------------- */

static void test_undo_waits_and_works_in_pieces(void **state)
{
	(void)state;
	t.does[3].results[0] = -EIO;
	t.undoes[3] = (struct script){ .results = { STEP_WAIT } };
	t.undoes[2] = (struct script){ .results = { STEP_AGAIN, STEP_WAIT, STEP_DONE }, .later = STEP_AGAIN };
	t.undoes[1] = (struct script){ .results = { STEP_WAIT }, .at_once = true };
	ends("a b c d -d -c -c -c -b -a end", FAILED, "d: Input/output error");
}

/* If an undo function fails, immediately or later, the others are still called. */
static void test_undo_fails(void **state)
{
	(void)state;
	t.does[3].results[0] = -EIO;
	t.undoes[3].results[0] = -ENOENT;
	t.undoes[2] = (struct script){ .results = { STEP_WAIT }, .later = -ENOENT };
	t.undoes[1] = (struct script){ .results = { STEP_AGAIN, -ENOENT } };
	ends("a b c d -d -c -b -b -a end", FAILED, "d: Input/output error");
}

static void test_steps_without_undo(void **state)
{
	(void)state;
	steps[3].undo = steps[1].undo = NULL;
	t.does[3].results[0] = -EIO;
	ends("a b c d -c -a end", FAILED, "d: Input/output error");
}

static int adds(void *op)
{
	struct op *o = op;

	steps_add_reason(&o->steps, "; %s", "all is well");
	return STEP_DONE;
}

static void test_undo_adds_to_the_reason(void **state)
{
	(void)state;
	steps[0].undo = adds;
	t.does[1].results[0] = -EIO;
	ends("a b -b end", FAILED, "b: Input/output error; all is well");
	assert_string_equal(t.journal, "Test it has failed: b: Input/output error; all is well");
}

/* --- time --------------------------------------------------------------------------------- */

static void test_time_out(void **state)
{
	(void)state;
	steps[0].timeout_usec = soon;
	t.does[0] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	ends("a -a end", FAILED, "cannot make a: it took too long");
}

static void test_in_time(void **state)
{
	(void)state;
	steps[0].timeout_usec = soon;
	t.does[0].results[0] = STEP_WAIT;
	t.does[1] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	run();	/* longer than the time limit, but the first step has ended */
	assert_string_equal(t.trace, "a b");
	steps_free(&t.steps);
}

/* A step that calls steps_done() before it returns STEP_WAIT cannot time out. */
static void test_at_once_in_time(void **state)
{
	(void)state;
	steps[0].timeout_usec = soon;
	t.does[0] = (struct script){ .results = { STEP_WAIT }, .at_once = true };
	t.does[1] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	run();
	assert_string_equal(t.trace, "a b");
	assert_null(t.steps.timer);
	steps_free(&t.steps);
}

static void test_time_out_has_its_own_reason(void **state)
{
	(void)state;
	steps[1].timeout_usec = soon;
	steps[1].timed_out = timed_out;
	t.timeouts = 2;
	t.does[1] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	ends("a b over over over -b -a end", FAILED, "the wait is over");
}

/* The time limit applies to the step, not to its undo function. */
static void test_no_time_out_on_the_way_back(void **state)
{
	(void)state;
	steps[1].timeout_usec = soon;
	t.does[1].results[0] = -EIO;
	t.undoes[1] = (struct script){ .results = { STEP_WAIT }, .later = STEP_WAIT };
	run();
	assert_string_equal(t.trace, "a b -b");
	steps_done(&t.steps, STEP_DONE);
	while (!t.ended && sd_event_run(t.event, 100000) > 0)
		;
	assert_string_equal(t.trace, "a b -b -a end");
}

/* --- commit and point of no return -------------------------------------------------------- */

static void prepared(void *op)
{
	struct op *o = op;

	o->prepared++;
	note(o->trace, sizeof(o->trace), "?");
}

static void test_commit_alone(void **state)
{
	(void)state;
	steps[2].flags = STEP_COMMIT;
	ends("a b c d end", OK, "(none)");
}

static void test_verdict_yes(void **state)
{
	(void)state;
	steps[2].flags = STEP_COMMIT;
	t.steps.prepared = prepared;
	run();
	assert_string_equal(t.trace, "a b ?");
	assert_false(t.ended);
	steps_done(&t.steps, STEP_DONE);
	ends("a b ? c d end", OK, "(none)");
	assert_int_equal(t.prepared, 1);
}

/* A commit that was not started is not undone. */
static void test_verdict_no(void **state)
{
	(void)state;
	steps[2].flags = STEP_COMMIT;
	t.steps.prepared = prepared;
	run();
	steps_error(&t.steps, "another one cannot");
	steps_done(&t.steps, STEP_DONE);
	ends("a b ? -b -a end", FAILED, "another one cannot");
}

static void test_commit_is_undone(void **state)
{
	(void)state;
	steps[1].flags = STEP_COMMIT;
	t.does[2].results[0] = -EIO;
	ends("a b c -c -b -a end", FAILED, "c: Input/output error");
}

static void test_no_return(void **state)
{
	(void)state;
	steps[1].flags = STEP_NO_RETURN;
	t.does[2].results[0] = -EIO;
	t.does[3] = (struct script){ .results = { STEP_AGAIN, STEP_DONE }, .error = "once more" };
	ends("a b c d d end", OK, "(none)");
}

static void test_no_return_itself_fails(void **state)
{
	(void)state;
	steps[1].flags = STEP_NO_RETURN;
	t.does[1].results[0] = -EIO;
	ends("a b -b -a end", FAILED, "b: Input/output error");
}

/* A reason that is reported when such a step succeeds is ignored. */
static void test_no_return_with_reason(void **state)
{
	(void)state;
	steps[1].flags = STEP_NO_RETURN;
	t.does[1].error = "too late";
	ends("a b c d end", OK, "(none)");
}

/* --- faults ------------------------------------------------------------------------------- */

static struct step_fault fault;

static void with_fault(const char *text)
{
	assert_int_equal(step_fault_parse(text, &fault), 0);
	t.steps.fault = &fault;
}

static void test_fault_before(void **state)
{
	(void)state;
	with_fault("test:c:before:fail");
	ends("a b -c -b -a end", FAILED, "a test makes it fail before step c");
	assert_string_equal(t.progress, "making a 0/0");
}

static void test_fault_after(void **state)
{
	(void)state;
	t.does[2].results[0] = STEP_WAIT;
	with_fault("test:c:after:fail");
	ends("a b c -c -b -a end", FAILED, "a test makes it fail after step c");
}

static void test_fault_after_last(void **state)
{
	(void)state;
	with_fault("test:d:after:fail");
	ends("a b c d -d -c -b -a end", FAILED, "a test makes it fail after step d");
}

/* A fault is not triggered between the pieces of a step, nor after the step itself has failed. */
static void test_fault_after_pieces(void **state)
{
	(void)state;
	t.does[1] = (struct script){ .results = { STEP_AGAIN, STEP_DONE } };
	with_fault("test:b:after:fail");
	ends("a b b -b -a end", FAILED, "a test makes it fail after step b");
}

static void test_fault_after_failure(void **state)
{
	(void)state;
	t.does[1].results[0] = -EIO;
	with_fault("test:b:after:fail");
	ends("a b -b -a end", FAILED, "b: Input/output error");
	assert_int_equal(fault.kind, STEP_FAULT_FAIL);
}

static void test_fault_after_reason(void **state)
{
	(void)state;
	t.does[1].error = "no good";
	with_fault("test:b:after:fail");
	ends("a b -b -a end", FAILED, "no good");
	assert_int_equal(fault.kind, STEP_FAULT_FAIL);
}

static void test_fault_without_return(void **state)
{
	(void)state;
	steps[1].flags = STEP_NO_RETURN;
	with_fault("test:b:after:fail");
	ends("a b c d end", OK, "(none)");
	assert_int_equal(fault.kind, STEP_FAULT_NONE);
}

/* After the point of no return a fault must not prevent a step. */
static void test_fault_before_without_return(void **state)
{
	(void)state;
	steps[1].flags = STEP_NO_RETURN;
	with_fault("test:c:before:fail");
	ends("a b c d end", OK, "(none)");
	assert_int_equal(fault.kind, STEP_FAULT_NONE);
}

static void test_fault_elsewhere(void **state)
{
	(void)state;
	with_fault("other:b:before:fail");
	ends("a b c d end", OK, "(none)");
}

/* --- the printed list --------------------------------------------------------------------- */

static void test_print(void **state)
{
	char buf[256] = "";
	FILE *saved = stdout;

	(void)state;
	steps[0].flags = STEP_MAY_END | STEP_KILLS;
	steps[1].flags = STEP_COMMIT;
	steps[2].flags = STEP_NO_RETURN;
	steps[3].flags = STEP_FINAL;
	stdout = fmemopen(buf, sizeof(buf), "w");
	steps_print(&table);
	fclose(stdout);
	stdout = saved;
	assert_string_equal(buf, "test a may-end kills\ntest b commit\ntest c no-return\ntest d final\n");
}

#define T(f) cmocka_unit_test_setup_teardown(test_##f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_done), T(nothing_before_the_loop), T(waits), T(waits_for_ever), T(in_pieces),
		T(pieces_yield), T(ends_early), T(says), T(success_in_the_journal), T(success_without_message),
		T(first_fails), T(last_fails),
		T(fails_later), T(fails_at_once), T(fails_in_a_piece), T(reason_is_enough),
		T(reason_stops_pieces), T(reason_stops_early_end), T(reason_while_it_waits),
		T(first_reason_is_kept), T(refusal), T(refusal_after_reason),
		T(undo_waits_and_works_in_pieces), T(undo_fails), T(steps_without_undo),
		T(undo_adds_to_the_reason), T(time_out), T(in_time), T(at_once_in_time), T(time_out_has_its_own_reason),
		T(no_time_out_on_the_way_back), T(commit_alone), T(verdict_yes), T(verdict_no),
		T(commit_is_undone), T(no_return), T(no_return_itself_fails), T(no_return_with_reason),
		T(fault_before), T(fault_after), T(fault_after_last), T(fault_after_pieces),
		T(fault_after_failure), T(fault_after_reason), T(fault_without_return), T(fault_before_without_return), T(fault_elsewhere), T(print),
	};

	return run_group("steps", tests);
}
