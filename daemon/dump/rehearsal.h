/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rehearsal: real dumps, which are called off when everything is ready. So what CRIU or pramd
 * would refuse in a kexec-reboot is known before. The processes pause meanwhile and run on; what
 * they may notice is in pramctl(1).
 */
#ifndef PRAM_DUMP_REHEARSAL_H
#define PRAM_DUMP_REHEARSAL_H

#include "core/job.h"

struct dump_args;
struct rehearsal;

/* Returns NULL without memory. */
struct rehearsal *rehearsal_new(struct job *job);

/* It has ended, or was not run. @r may be NULL. */
void rehearsal_free(struct rehearsal *r);

/*
 * Adds a tree. @done gets its outcome: with code OK it can be kept, and @frozen_usec says how long
 * it paused. See dump_group_add() for @args.
 */
void rehearsal_add(struct rehearsal *r, struct dump_args *args, outcome_t done, void *userdata);

/*
 * Returns a negative errno, STEP_DONE if there is nothing to rehearse, or STEP_WAIT: @ended is
 * called when all trees run on.
 */
int rehearsal_run(struct rehearsal *r, void (*ended)(void *userdata), void *userdata);

#endif /* PRAM_DUMP_REHEARSAL_H */
