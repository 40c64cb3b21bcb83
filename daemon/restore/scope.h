/* SPDX-License-Identifier: GPL-2.0-only */
/* What a tree is restored in: the scope pram-NAME.scope, or its unit. */
#ifndef PRAM_RESTORE_SCOPE_H
#define PRAM_RESTORE_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

/* Process @pid lives in the scope, or the unit, of that checkpoint. */
bool scope_has(const Pram__Manifest *mf, uint32_t pid);

/* Kills what a failed restore left in it: a tree that is not whole must not run. */
void scope_kill(const Pram__Manifest *mf);

#endif /* PRAM_RESTORE_SCOPE_H */
