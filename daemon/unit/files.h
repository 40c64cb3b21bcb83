/* SPDX-License-Identifier: GPL-2.0-only */
/* The files of a unit that are removed when the unit or the boot ends. */
#ifndef PRAM_UNIT_FILES_H
#define PRAM_UNIT_FILES_H

#include <stddef.h>

#include "pram.pb-c.h"
#include "unit/info.h"

/*
 * Appends paths to a list, relative to the unit's root, each once: the unit's RuntimeDirectory=,
 * PIDFile= and PrivateTmp= directories, and tmpfs files that its processes have open or mapped,
 * for instance in /dev/shm. The latter are also described in @unit->used. Leaves out the
 * directories in @unit->disk. The caller frees strings and array. Returns a negative errno on
 * failure. -EACCES: the processes only read a file that another user owns, whose path is in
 * @ret_foreign; the caller frees it.
 */
int unit_files(const struct unit_info *u, Pram__Unit *unit, char ***v, size_t *n,
	       char **ret_foreign);

/*
 * Before a restore replaces files: -EPERM if another user has a file now where a process of the
 * unit had one open or mapped. On an error its path is in @ret_path.
 */
int unit_files_check(const Pram__Unit *unit, int root, const char **ret_path);

#endif /* PRAM_UNIT_FILES_H */
