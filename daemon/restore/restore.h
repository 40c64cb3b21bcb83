/* SPDX-License-Identifier: GPL-2.0-only */
/* Restores a tree from its checkpoint. The steps are in restore.c. */
#ifndef PRAM_RESTORE_RESTORE_H
#define PRAM_RESTORE_RESTORE_H

#include <stdbool.h>

#include "core/job.h"

struct ckpt;
struct step_table;

extern const struct step_table restore_table;

/*
 * Starts the restore of checkpoint @name. @holder: for a unit, the PID of pram-unit-restore, around
 * which systemd has built the sandbox and the control group; otherwise 0. @done is called exactly
 * once, either before this function returns or from the event loop.
 */
void restore_start(struct job *job, const char *name, uint32_t holder, outcome_t done,
		   void *userdata);

/* True if the tree of the checkpoint runs in the scope, or the unit, of its restore. */
bool restore_runs(const Pram__Manifest *mf);

/*
 * The unit runs, and its checkpoint is about to be removed. Keeps the drop-in of the unit until
 * @holder has told systemd the main process.
 */
void restore_mark_unannounced(const Pram__Manifest *mf, uint32_t holder);

/* The tree runs: removes the checkpoint. Frees @c. */
void restore_forget(struct manager *m, struct ckpt *c);

/*
 * Removes the nftables table of the checkpoint, which is not going to be restored now.
 * Its connections are lost.
 */
void restore_release_packets(const Pram__Manifest *mf);

#endif /* PRAM_RESTORE_RESTORE_H */
