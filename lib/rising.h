/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that run again, but whose main PID has not been announced to systemd yet. Their
 * checkpoints are gone, so these records make the generator keep the drop-in of such a unit at a
 * daemon-reload: without its NotifyAccess= systemd would not accept the main PID. Each record is
 * a file beside the marks (marks.h), with a message Rising.
 */
#ifndef PRAM_RISING_H
#define PRAM_RISING_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

/*
 * Adds a record, or replaces the one of this unit. @pid: the main PID. @holder: the process that
 * announces it to systemd; a record is void once its holder has ended. Returns a negative errno
 * on failure.
 */
int rising_add(const Pram__Unit *unit, uint32_t pid, uint32_t holder);

/*
 * If there is a record of @unit, makes @holder its holder and returns the main PID; otherwise
 * returns 0.
 */
uint32_t rising_resume(const char *unit, uint32_t holder);

/* Removes the record: systemd knows the main PID. */
void rising_remove(const char *unit);

/* Calls @each for each record, which is valid during the call only. */
void rising_each(void (*each)(void *userdata, const Pram__Rising *r), void *userdata);

/* Removes the records whose holder has ended. Returns true if others are left. */
bool rising_settle(void);

#endif /* PRAM_RISING_H */
