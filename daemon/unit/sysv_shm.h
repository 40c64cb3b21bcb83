/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SysV shared memory of a tree. CRIU keeps it only together with an IPC namespace, and a
 * service rarely has one. So CRIU is run in another: then it takes that of the tasks for
 * theirs, keeps all that is in there, and restores them in one of their own.
 */
#ifndef PRAM_UNIT_SYSV_SHM_H
#define PRAM_UNIT_SYSV_SHM_H

#include <stdbool.h>

#include "pram.pb-c.h"

/* A process of them has such a segment attached. */
bool sysv_used(Pram__Process *const *procs, size_t n);

/*
 * Why that cannot be, or NULL: segments of others are in the same namespace, the host's, and
 * would go along. @buf is for the text.
 */
const char *sysv_problem(Pram__Process *const *procs, size_t n, char *buf, size_t size);

#endif /* PRAM_UNIT_SYSV_SHM_H */
