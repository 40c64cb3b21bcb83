/* SPDX-License-Identifier: GPL-2.0-only */
/* What pram-unit-restore asks for, when systemd starts a unit that has a checkpoint. */
#ifndef PRAM_RESTORE_ON_UNIT_START_H
#define PRAM_RESTORE_ON_UNIT_START_H

struct client;
struct job;

/* For the main process of the unit, which the client is. */
void job_unit_restore(struct job *job);

/* It is systemd's own again: the drop-in of this boot can go. */
void units_up(struct client *c, const char *unit);

#endif /* PRAM_RESTORE_ON_UNIT_START_H */
