/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a tree is restored: in the scope pram-NAME.scope, or in its unit. */
#ifndef PRAM_RESTORE_SCOPE_H
#define PRAM_RESTORE_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

/* True if process @pid is in the scope, or the unit, of the checkpoint. */
bool scope_has(const Pram__Manifest *mf, uint32_t pid);

/* Kills the processes that a failed restore left there: an incomplete tree must not run. */
void scope_kill(const Pram__Manifest *mf);

#endif /* PRAM_RESTORE_SCOPE_H */
