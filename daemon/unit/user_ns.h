/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes in a user namespace (PrivateUsers=), which are restored in the host's one. */
#ifndef PRAM_UNIT_USER_NS_H
#define PRAM_UNIT_USER_NS_H

#include <stdbool.h>
#include <stddef.h>

#include "pram.pb-c.h"
#include "reasons.h"

/*
 * Returns true, and why in @ret, if these processes must not be restored in the host's user
 * namespace. Checks each thread, because each has credentials of its own. If the processes are
 * stopped, the result stays true.
 */
bool userns_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret);

#endif /* PRAM_UNIT_USER_NS_H */
