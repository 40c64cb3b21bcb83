/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: faults for tests
 *
 * PRAM_TEST_STEP=TABLE:STEP:WHEN:KIND makes one step of a table fail, or stops pramd there:
 *
 *   TABLE  name of the table of steps, "checkpoint"
 *   STEP   name of the step
 *   WHEN   "before" the step is started, or "after" it is done
 *   KIND   "fail": the step fails; "stop": pramd ends by SIGKILL; "hold": pramd stops until SIGCONT
 *
 * The variable has an effect only together with PRAM_TEST=1. A fault fires once in the life of a
 * process, so the roll-back that it causes runs undisturbed. `pramd --list-steps` prints all
 * tables.
 */
#ifndef PRAM_CORE_STEP_FAULT_H
#define PRAM_CORE_STEP_FAULT_H

#include <stdbool.h>

#define STEP_NAME_MAX 31

enum step_fault_kind {
	STEP_FAULT_NONE,	/* no fault is set, or it has fired */
	STEP_FAULT_FAIL,
	STEP_FAULT_STOP,
	STEP_FAULT_HOLD,
};

struct step_fault {
	char table[STEP_NAME_MAX + 1];
	char step[STEP_NAME_MAX + 1];
	bool after;
	enum step_fault_kind kind;
};

/* Parses the value of PRAM_TEST_STEP. -EINVAL: it is malformed, and @ret has no fault. */
int step_fault_parse(const char *text, struct step_fault *ret);

/*
 * Reads the fault from the environment. Without PRAM_TEST=1 there is none, which is no error.
 * -EINVAL as above.
 */
int step_fault_read(struct step_fault *ret);

/*
 * The engine calls this before and after each step. Returns what is to happen there: for
 * STEP_FAULT_STOP it kills pramd and does not return; STEP_FAULT_HOLD stops it, and has no other
 * effect (STEP_FAULT_NONE). @fault may be NULL.
 */
enum step_fault_kind step_fault_fire(struct step_fault *fault, const char *table, const char *step,
				     bool after);

#endif /* PRAM_CORE_STEP_FAULT_H */
