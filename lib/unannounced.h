/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that run again, but whose main PID has not been announced to systemd yet. Their
 * checkpoints are gone, so these records make the generator keep the drop-in of such a unit at a
 * daemon-reload: without its NotifyAccess= systemd would not accept the main PID. Each record is
 * a file beside the marks (marks.h), with a message Unannounced.
 */
#ifndef PRAM_UNANNOUNCED_H
#define PRAM_UNANNOUNCED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pram.pb-c.h"

/*
 * Adds a record, or replaces the one of this unit. @pid: the main PID. @holder: the process that
 * announces it to systemd; a record is void once its holder has ended. Returns a negative errno
 * on failure.
 */
int unannounced_add(const Pram__Unit *unit, uint32_t pid, uint32_t holder);

/*
 * If there is a record of @unit, makes @holder its holder and returns the main PID; otherwise
 * returns 0.
 */
uint32_t unannounced_take_over(const char *unit, uint32_t holder);

/* Removes the record: systemd knows the main PID. */
void unannounced_remove(const char *unit);

/* Reads the record in the file @name. Returns NULL if it is not one of that unit. */
Pram__Unannounced *unannounced_unpack(const char *name, const void *buf, size_t len);

/* Calls @each for each record, which is valid during the call only. */
void unannounced_each(void (*each)(void *userdata, const Pram__Unannounced *r), void *userdata);

/* Removes the records whose holder has ended. Returns true if others are left. */
bool unannounced_drop_stale(void);

#endif /* PRAM_UNANNOUNCED_H */
