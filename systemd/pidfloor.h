/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From where a boot hands out PIDs, so that it uses none that a restore needs.
 *
 * The kernel hands PIDs out in ascending order and wraps around at the end. So the next PIDs have
 * to come from a gap that is larger than the number of PIDs a boot uses. That is usually above
 * all PIDs to be restored. On a machine whose PIDs have wrapped around, with PIDs to be restored
 * at both ends, it is a gap in between.
 */
#ifndef PRAM_PIDFLOOR_H
#define PRAM_PIDFLOOR_H

#include <stddef.h>
#include <stdint.h>

#define PID_FLOOR 2000u
#define PID_LIMIT_MAX 4194304u
#define PID_ROOM 100000u	/* more PIDs than a boot uses until everything is restored */

/*
 * Returns the value for ns_last_pid. @ids: PIDs and thread ids to be restored, in any order;
 * sorted on return. @last: the current ns_last_pid.
 */
uint32_t pid_floor(uint32_t *ids, size_t n, uint32_t last);

#endif /* PRAM_PIDFLOOR_H */
