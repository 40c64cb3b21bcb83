/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tree out of its checkpoint: nodes become files, CRIU makes the tree of them
 * in a scope of its own.
 *
 *   LOAD ──► CRIU ──► manifest removed ──► files removed ──► done
 *    └─error──┴─error──► leftovers killed ──► files back into nodes ──► FAILED, kept
 *
 * A unit's tree is made by CRIU in the unit: systemd has built its sandbox and control group
 * around pram-unit-restore, the @holder, and CRIU joins that.
 *
 * The manifest goes first: without it nothing can be restored twice, whatever
 * happens in between.
 */
#ifndef PRAM_RESTORE_RESTORE_H
#define PRAM_RESTORE_RESTORE_H

#include "core/job.h"

struct ckpt;

/* @holder: 0, or for a unit. @done is called exactly once, at the latest from the event loop. */
void restore_start(struct job *job, const char *name, uint32_t holder, outcome_t done,
		   void *userdata);

/* The tree of that checkpoint runs, in the scope of a restore. */
bool restore_runs(const Pram__Manifest *mf);

/*
 * The unit runs, and its checkpoint is about to go: its drop-in stays until systemd has been told, by
 * @holder, what the main process is.
 */
void restore_unit_rising(const Pram__Manifest *mf, uint32_t holder);

/* It runs: nothing of the checkpoint is needed any more. Frees @c. */
void restore_forget(struct manager *m, struct ckpt *c);

#endif /* PRAM_RESTORE_RESTORE_H */
