/* SPDX-License-Identifier: GPL-2.0-only */
/* A tree out of its checkpoint: nodes become files, CRIU makes the tree of them. The steps are in restore.c. */
#ifndef PRAM_RESTORE_RESTORE_H
#define PRAM_RESTORE_RESTORE_H

#include <stdbool.h>

#include "core/job.h"

struct ckpt;
struct step_table;

extern const struct step_table restore_table;

/*
 * @holder: 0, or for a unit: the process around which systemd has built its sandbox and control group.
 * @done is called exactly once, at the latest from the event loop.
 */
void restore_start(struct job *job, const char *name, uint32_t holder, outcome_t done,
		   void *userdata);

/* The tree of that checkpoint runs, in the scope of a restore. */
bool restore_runs(const Pram__Manifest *mf);

/*
 * The unit runs, and its checkpoint is about to go: its drop-in stays until systemd has been told, by
 * @holder, what the main process is.
 */
void restore_mark_unannounced(const Pram__Manifest *mf, uint32_t holder);

/* It runs: nothing of the checkpoint is needed any more. Frees @c. */
void restore_forget(struct manager *m, struct ckpt *c);

/* A unit's restore has failed: its connections are lost, and packets are held off no longer. */
void restore_unlock(const Pram__Manifest *mf);

#endif /* PRAM_RESTORE_RESTORE_H */
