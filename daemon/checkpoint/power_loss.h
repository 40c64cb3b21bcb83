/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was kept when the machine went down for a kexec, on disk: a next boot that finds nothing of it
 * in memory, after a loss of power or a plain reboot, can say so.
 */
#ifndef PRAM_CHECKPOINT_POWER_LOSS_H
#define PRAM_CHECKPOINT_POWER_LOSS_H

struct manager;

/* All checkpoints that there are now. */
void left_write(struct manager *m);

/* The machine stays up. */
void left_forget(struct manager *m);

/* On pramd's start: names what an earlier boot has left behind and this one has not found, once. */
void left_check(struct manager *m);

#endif /* PRAM_CHECKPOINT_POWER_LOSS_H */
