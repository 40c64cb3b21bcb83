/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a boot's pids are to begin, so that it meets none of those that are to be restored.
 *
 * The kernel hands pids out in order, and begins anew at the end. So the next ones have to come out of
 * a gap that is longer than any boot: above all that are to be restored, mostly; on a machine whose
 * pids have wrapped around and lie at both ends, somewhere in between.
 */
#ifndef PRAM_PIDFLOOR_H
#define PRAM_PIDFLOOR_H

#include <stddef.h>
#include <stdint.h>

#define PID_FLOOR 2000u
#define PID_LIMIT_MAX 4194304u
#define PID_ROOM 100000u	/* more than a boot uses until all is restored */

/*
 * The last pid of before, so that the next ones are free; @last is the one there is now. @ids, which
 * are sorted: what is to be restored.
 */
uint32_t pid_floor(uint32_t *ids, size_t n, uint32_t last);

#endif /* PRAM_PIDFLOOR_H */
