/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files a unit needs that do not outlive it, or the boot. */
#ifndef PRAM_UNIT_FILES_H
#define PRAM_UNIT_FILES_H

#include <stddef.h>

#include "unit/info.h"

/*
 * Appends to a list, each once and as seen from the unit's root: its RuntimeDirectory=, PIDFile=
 * and PrivateTmp=, and what its processes have open or mapped of other tmpfs, as of /dev/shm.
 */
int unit_files(const struct unit_info *u, char ***v, size_t *n);

#endif /* PRAM_UNIT_FILES_H */
