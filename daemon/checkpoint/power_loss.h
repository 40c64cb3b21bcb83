/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records on disk what was kept when the machine went down for a kexec. If the next boot does not
 * find it in memory, after a loss of power or a plain reboot, pramd can report that.
 */
#ifndef PRAM_CHECKPOINT_POWER_LOSS_H
#define PRAM_CHECKPOINT_POWER_LOSS_H

struct manager;

/* Writes the list of all current checkpoints. Failures are logged. */
void left_write(struct manager *m);

/* Removes the list: the machine stays up, or has come up. */
void left_forget(struct manager *m);

/*
 * When pramd starts: logs each checkpoint on another boot's list that does not exist now, and
 * removes the list.
 */
void left_check(struct manager *m);

#endif /* PRAM_CHECKPOINT_POWER_LOSS_H */
