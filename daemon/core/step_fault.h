/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: faults for tests
 *
 * PRAM_TEST_STEP=TABLE:STEP:WHEN:KIND makes one step of a table fail, or stops pramd there:
 *
 *   TABLE  name of the table of steps, "checkpoint"
 *   STEP   name of the step
 *   WHEN   "before" the step is started, or "after" it is done
 *   KIND   "fail": the step fails; "stop": pramd ends by SIGKILL
 *
 * The variable is honoured only together with PRAM_TEST=1. A fault fires once in the life of a
 * process, so that what undoes it runs without one. `pramd --list-steps` prints all tables.
 */
#ifndef PRAM_CORE_STEP_FAULT_H
#define PRAM_CORE_STEP_FAULT_H

#include <stdbool.h>

#define STEP_NAME_MAX 31

enum step_fault_kind {
	STEP_FAULT_NONE,	/* there is no fault, or it has fired */
	STEP_FAULT_FAIL,
	STEP_FAULT_STOP,
};

struct step_fault {
	char table[STEP_NAME_MAX + 1];
	char step[STEP_NAME_MAX + 1];
	bool after;
	enum step_fault_kind kind;
};

/* -EINVAL: not of that form; then @ret is without a fault. */
int step_fault_parse(const char *text, struct step_fault *ret);

/* From the environment. -EINVAL as above; 0 and no fault unless PRAM_TEST is 1. */
int step_fault_read(struct step_fault *ret);

/*
 * Called by the engine at each such place. STEP_FAULT_STOP does not return. @fault may be NULL.
 */
enum step_fault_kind step_fault_fire(struct step_fault *fault, const char *table, const char *step,
				     bool after);

#endif /* PRAM_CORE_STEP_FAULT_H */
