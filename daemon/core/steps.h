/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: operations as tables of steps
 *
 * A long operation (checkpoint, restore, kexec-reboot) is one array of steps. This engine runs it:
 *
 *   step 1 ─► step 2 ─► step 3 ─► ... ─► last ─► end(OK)
 *                │ fails
 *   undo 1 ◄─ undo 2 ─► end(FAILED)
 *
 * Forward. The engine starts the steps one after the other. When a step returns STEP_DONE, the
 * next one starts at once. A step that returns STEP_WAIT ends when steps_done() is called. A
 * step that works in pieces returns STEP_AGAIN and is called again from the event loop, after
 * pending input and output. While a step runs, the client of the job sees its text as progress.
 *
 * Failure. A step fails if it returns a negative errno, if steps_error() was called before it
 * ended, or if its time-out expires. If steps_error() is called while a step waits, it takes
 * effect when that step ends, so a step is never interrupted halfway. The engine keeps the first
 * reason and writes it to the journal.
 *
 * Roll-back. The engine calls the undo functions of all steps that were begun, in reverse order,
 * *including that of the step that failed*. So an undo function must handle a step that did
 * nothing, or only a part of its work. It may wait and work in pieces, like a step. Its errors
 * are logged; the undo functions of earlier steps are called nevertheless.
 *
 * Time-outs. The engine has a time-out for steps that wait for something outside: it fails the
 * step, or has it look again (@timed_out), at intervals. A step that waits for a child of pramd
 * has none there, but gives it to spawn_new(): an expired child has to be killed and waited for
 * before anything is undone, so that it does not work on what the undo functions remove. The
 * child's end then ends the step as any other failure of the child does. The limit of CRIU also
 * pauses within a step, while CRIU itself waits for pramd: spawn_limit().
 *
 * Flags mark special steps:
 *
 * STEP_COMMIT     The steps before this one prepare; this one makes the operation valid. If
 *                 @prepared is set, the engine waits before this step for a verdict, so several
 *                 operations can get the same verdict. The step is undone like any other.
 * STEP_NO_RETURN  After this step nothing is undone. A later failure is logged, and the
 *                 operation continues with the next step.
 * STEP_FINAL      The machine goes down during this step, so the step fails or does not end.
 * STEP_MAY_END    The step may return STEP_END.
 * STEP_KILLS      After this step the processes are dead: undoing it means to restore them.
 *
 * The engine has no use for the last three. --list-steps prints all flags, and from them the walks
 * over all steps (test/cases/lib/steplib.sh) derive what becomes of the processes after a fault.
 */
#ifndef PRAM_CORE_STEPS_H
#define PRAM_CORE_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/journal.h"
#include "macro.h"
#include "pram.pb-c.h"

struct job;
struct reason_told;
struct step_fault;

/* What a step or its undo function returns: one of these, or a negative errno if it failed. */
enum step_result {
	STEP_DONE,
	STEP_WAIT,	/* steps_done() will be called later */
	STEP_AGAIN,	/* call the function again */
	STEP_END,	/* done; the operation ends here and skips the steps that follow */
};

enum step_flags {
	STEP_COMMIT = 1 << 0,
	STEP_NO_RETURN = 1 << 1,
	STEP_FINAL = 1 << 2,
	STEP_MAY_END = 1 << 3,
	STEP_KILLS = 1 << 4,
};

struct step {
	const char *name;	/* for PRAM_TEST_STEP, --list-steps and docs/failures.md */
	const char *text;	/* shown as progress; NULL: the step is too short */
	const char *error_prefix;	/* "cannot ...": precedes an errno without a reason */
	int (*start)(void *op);
	int (*undo)(void *op);	/* NULL: an earlier step's undo function covers it */
	uint64_t (*timeout_usec)(void *op);	/* NULL: none, or of a child; see "Time-outs" */

	/*
	 * The time-out has expired. STEP_WAIT starts it again; NULL: the step fails. Afterwards
	 * nothing may call steps_done() for this step, so stop what it waits for here or in @undo.
	 */
	int (*timed_out)(void *op);
	unsigned int flags;
};

struct step_table {
	const char *name;
	const char *subject;	/* in the journal: "SUBJECT [NAME] FAILED: REASON" */
	const char *failed;
	enum journal_id failed_id;
	enum journal_id done_id;	/* "SUBJECT [NAME]: MESSAGE", or JOURNAL_NONE */
	const struct step *steps;
	size_t n;
};

/* The operation has ended; the last call. It may free the operation and its struct steps. */
typedef void (*steps_end_t)(void *op, Pram__Code code, const char *message);

/* One operation under way. */
struct steps {
	const struct step_table *table;
	struct job *job;
	sd_event *event;
	struct step_fault *fault;	/* NULL: none */
	const char *name;		/* of the checkpoint, or NULL; must outlive the operation */
	void *op;			/* passed to all functions */
	void (*prepared)(void *op);	/* before STEP_COMMIT; steps_done() gives the verdict */
	steps_end_t end;

	/* private to the engine */
	size_t at;
	bool begun;			/* step @at was started */
	bool back;			/* rolling back */
	bool waiting;			/* for steps_done() */
	bool no_return;
	int result;			/* to continue with from the event loop */
	Pram__Code code;
	char *reason;
	const char *reason_name;	/* short name in lib/reasons.def, or NULL; static */
	char *message;
	sd_event_source *turn;
	sd_event_source *timer;
};

/*
 * Starts @s. The caller has filled in all members above the private ones. The event loop starts
 * the first step and calls @end. On an error no step is started and @end is not called.
 */
int steps_start(struct steps *s);

/* Frees what @s holds. An operation that is under way stops where it is. */
void steps_free(struct steps *s);

/* Ends the step or undo function that waits. @result: an enum step_result or a negative errno. */
void steps_done(struct steps *s, int result);

/* Gives the reason why the operation fails. Only the first one is kept. */
void steps_error(struct steps *s, const char *fmt, ...) __printf_like(2, 3);

/* The same with a short name of lib/reasons.def, or NULL. @reason_name must be static. */
void steps_error_named(struct steps *s, const char *reason_name, const char *fmt, ...)
	__printf_like(3, 4);

/* The same with the result of reason_tell(). */
void steps_error_told(struct steps *s, const struct reason_told *told);

/*
 * The same for a refusal, with a code other than FAILED: the operation has changed nothing, and
 * the journal gets no message. Returns an errno for the step to return.
 */
int steps_refuse(struct steps *s, Pram__Code code, const char *fmt, ...) __printf_like(3, 4);
int steps_refuse_told(struct steps *s, Pram__Code code, const struct reason_told *told);

/* For undo functions: appends the consequences of the failure to the reason. */
void steps_add_reason(struct steps *s, const char *fmt, ...) __printf_like(2, 3);

/* Sets the message that is shown if the operation succeeds. */
void steps_message(struct steps *s, const char *fmt, ...) __printf_like(2, 3);

/* True if a reason was given: the operation fails or is being rolled back. */
static inline bool steps_failed(const struct steps *s)
{
	return s->code;
}

/* The reason. NULL: none was given, or there was no memory for it. */
static inline const char *steps_reason(const struct steps *s)
{
	return s->reason;
}

/* Reports progress within a step. @text may be NULL for the text of the step. */
void steps_progress(struct steps *s, const char *text, uint64_t done, uint64_t total);

/* Prints one line for each step: table, step, and the flags: "commit" for STEP_COMMIT and so on. */
void steps_print(const struct step_table *table);

#endif /* PRAM_CORE_STEPS_H */
