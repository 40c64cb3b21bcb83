/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a unit that are removed when the unit or the boot ends. */
#ifndef PRAM_UNIT_FILES_H
#define PRAM_UNIT_FILES_H

#include <stddef.h>

#include "unit/info.h"

/*
 * Appends paths to a list, relative to the unit's root, each once: the unit's RuntimeDirectory=,
 * PIDFile= and PrivateTmp= directories, and tmpfs files that its processes have open or mapped,
 * for instance in /dev/shm. Leaves out the directories in @unit->disk. The caller frees strings and
 * array. Returns a negative errno on failure.
 */
int unit_files(const struct unit_info *u, const Pram__Unit *unit, char ***v, size_t *n);

#endif /* PRAM_UNIT_FILES_H */
