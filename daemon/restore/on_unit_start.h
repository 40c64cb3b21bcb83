/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of pram-unit-restore, which systemd starts for a unit that has a checkpoint. */
#ifndef PRAM_RESTORE_ON_UNIT_START_H
#define PRAM_RESTORE_ON_UNIT_START_H

struct client;
struct job;

/* Restores the unit. The client is its main process. */
void job_unit_restore(struct job *job);

/* systemd knows the main process of the unit, so the drop-in for the restore can be removed. */
void units_up(struct client *c, const char *unit);

#endif /* PRAM_RESTORE_ON_UNIT_START_H */
