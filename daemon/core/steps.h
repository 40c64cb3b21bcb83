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
 * Forward. Steps are started one after the other. A step that is done lets the next one start at
 * once; a step that waits is ended by steps_done(); a step that does its work in pieces
 * returns STEP_AGAIN and is called again from the event loop, after input and output.
 * While a step runs the job's client sees its text as progress.
 *
 * Failure. A step fails if it returns a negative errno, if a reason was given by steps_error()
 * before it ended, or if its time is over. A reason that is given while a step waits takes
 * effect when that step ends, so what the step has begun is never left half done.
 * The first reason is kept and goes into the journal.
 *
 * Roll-back. The undo functions of all steps that were begun are called backwards, *including the step
 * that failed*. So an undo function has to cope with a step that did nothing, or
 * only a part of its work. It may wait and work in pieces like a step. Its errors are
 * logged and never keep the undo functions of earlier steps from being called.
 *
 * Flags say where the operation stands:
 *
 * STEP_COMMIT     Steps before this one prepare, this one makes the operation valid. With
 *                 @prepared set the engine stops in front of it, so that several operations
 *                 can be given one verdict. It is undone like any other.
 * STEP_NO_RETURN  Once this step is done nothing is undone. What fails later is logged, and the
 *                 operation goes on. No later step is left out for it.
 * STEP_FINAL      The machine goes down in this step. It fails or never ends.
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

/* What a step or its undo function returns; a negative errno: it failed. */
enum step_result {
	STEP_DONE,
	STEP_WAIT,	/* steps_done() is going to be called */
	STEP_AGAIN,	/* to be called again */
	STEP_END,	/* done, and the operation ends here without the steps that follow */
};

enum step_flags {
	STEP_COMMIT = 1 << 0,
	STEP_NO_RETURN = 1 << 1,
	STEP_FINAL = 1 << 2,
};

struct step {
	const char *name;	/* for PRAM_TEST_STEP, --list-steps and the documents */
	const char *text;	/* progress; NULL: too quick to be shown */
	const char *trouble;	/* "cannot make it": in front of an errno that comes without a reason */
	int (*start)(void *op);
	int (*undo)(void *op);	/* NULL: an earlier step's undo function covers it */
	uint64_t (*timeout_usec)(void *op);	/* for a step that waits; NULL: none of its own */

	/*
	 * The time is over: STEP_WAIT starts it anew. NULL: the step has failed. What the step waited
	 * for must not call steps_done() later: end that here or in @undo.
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
	const char *name;		/* of the checkpoint, or NULL; must last */
	void *op;			/* passed to all functions */
	void (*prepared)(void *op);	/* in front of STEP_COMMIT; steps_done() gives the verdict */
	steps_end_t end;

	/* the engine's own */
	size_t at;
	bool begun;			/* the step at @at */
	bool back;			/* undoing it */
	bool waiting;			/* for steps_done() */
	bool no_return;
	int result;			/* at the next turn */
	Pram__Code code;
	char *reason;
	const char *reason_name;	/* in lib/reasons.h, or NULL; static */
	char *message;
	sd_event_source *turn;
	sd_event_source *timer;
};

/*
 * Starts @s, whose first part is filled in. The first step is started from the event loop, and
 * @end is called from there. On an error nothing has been begun and @end is not called.
 */
int steps_start(struct steps *s);

/* Releases what @s holds. An operation that is under way stops where it is. */
void steps_free(struct steps *s);

/* The step, or undo function, that waits has ended: a step_result or a negative errno. */
void steps_done(struct steps *s, int result);

/* Why the operation fails. The first reason is kept. */
void steps_error(struct steps *s, const char *fmt, ...) __printf_like(2, 3);

/* The same with the name of a reason in lib/reasons.h, or NULL; @reason_name must last. */
void steps_error_named(struct steps *s, const char *reason_name, const char *fmt, ...)
	__printf_like(3, 4);

/* The same with a reason that lib/reasons.h has put into words. */
void steps_error_told(struct steps *s, const struct reason_told *told);

/*
 * The same with another code than FAILED. For a refusal: the operation has changed nothing, and the journal
 * is not told. Returns an errno for the step to return.
 */
int steps_refuse(struct steps *s, Pram__Code code, const char *fmt, ...) __printf_like(3, 4);

/* From undo functions: what came of the failure, added to the reason. */
void steps_add_reason(struct steps *s, const char *fmt, ...) __printf_like(2, 3);

/* What is said if the operation succeeds. */
void steps_message(struct steps *s, const char *fmt, ...) __printf_like(2, 3);

/* A reason was given: the operation fails, or is being undone. */
static inline bool steps_failed(const struct steps *s)
{
	return s->code;
}

/* The reason; NULL: there is none, or no memory for it. */
static inline const char *steps_reason(const struct steps *s)
{
	return s->reason;
}

/* Progress within a step. @text: NULL stands for that of the step. */
void steps_progress(struct steps *s, const char *text, uint64_t done, uint64_t total);

/* One line a step: table, step, flags. */
void steps_print(const struct step_table *table);

#endif /* PRAM_CORE_STEPS_H */
