/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories of a unit's on tmpfs: its own in /run, and those on the way to other files that it has
 * (/dev/shm/app of /dev/shm/app/file). At the restore root writes below them what the unit had: so nobody
 * else may be able to lay a symbolic link there meanwhile.
 */
#ifndef PRAM_UNIT_DIRS_H
#define PRAM_UNIT_DIRS_H

#include <stddef.h>
#include <stdint.h>

#include "pram.pb-c.h"

/* Those of @paths, as unit_files() lists them and process @pid sees them, into @unit->dirs. */
int unit_dirs_find(uint32_t pid, char *const *paths, size_t n_paths, Pram__Unit *unit);

/*
 * Below @root those that are missing are made, and the unit's own, as systemd has made them anew, are
 * emptied; all of these are root's alone until unit_dirs_settle(). -EPERM: one is there that somebody
 * else could exchange. On an error @ret_path has it.
 */
int unit_dirs_make(const Pram__Unit *unit, int root, const char **ret_path);

/* Owner and mode, once the files are there. */
int unit_dirs_settle(const Pram__Unit *unit, int root, const char **ret_path);

#endif /* PRAM_UNIT_DIRS_H */
