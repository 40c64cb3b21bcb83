/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes in a user namespace (PrivateUsers=), which are restored in the host's one. */
#ifndef PRAM_UNIT_USER_NS_H
#define PRAM_UNIT_USER_NS_H

#include <stddef.h>

#include "pram.pb-c.h"

/*
 * Why these processes must not be restored in the host's user namespace: a constant text, or NULL.
 * Checks each thread, because each has credentials of its own. If the processes are stopped, the
 * result stays true.
 */
const char *userns_problem(Pram__Process *const *procs, size_t n);

#endif /* PRAM_UNIT_USER_NS_H */
