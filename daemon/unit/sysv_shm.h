/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SysV shared memory of a tree. CRIU saves it only as a part of an IPC namespace other than
 * CRIU's own, and services rarely have one. So CRIU runs in a new IPC namespace: it takes the
 * namespace of the tasks for their own, saves all segments in it, and restores them in a new one.
 */
#ifndef PRAM_UNIT_SYSV_SHM_H
#define PRAM_UNIT_SYSV_SHM_H

#include <stdbool.h>

#include "pram.pb-c.h"
#include "reasons.h"

/* Has one of the processes attached such a segment? Also true if that cannot be determined. */
bool sysv_used(Pram__Process *const *procs, size_t n);

/*
 * Returns true, and why in @ret, if this is not possible: the processes are in the host's IPC
 * namespace, and segments of others there would be saved, too.
 */
bool sysv_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret);

#endif /* PRAM_UNIT_SYSV_SHM_H */
