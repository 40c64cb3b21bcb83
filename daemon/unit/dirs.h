/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories of a unit on a tmpfs: its own directories in /run, and those above its other files
 * (/dev/shm/app for /dev/shm/app/file). At the restore root creates the unit's files below them. In
 * that time no other user may be able to place a symbolic link there.
 */
#ifndef PRAM_UNIT_DIRS_H
#define PRAM_UNIT_DIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "pram.pb-c.h"

/*
 * Adds the directories for @paths, which are from unit_files(), to @unit->dirs. @pid: a process of
 * the unit. -EPERM: others could exchange a directory above the file while root restores it. On an
 * error @ret_path is the path of the file.
 */
int unit_dirs_find(uint32_t pid, char *const *paths, size_t n_paths, Pram__Unit *unit,
		   const char **ret_path);

/*
 * The same for the directories above unix sockets. @paths: as the processes have given them. Those
 * that are not on a tmpfs are skipped, and those that lead to something else by now.
 */
int unit_dirs_find_sockets(uint32_t pid, char *const *paths, size_t n_paths, Pram__Unit *unit,
			   const char **ret_path);

/*
 * Creates the missing directories below @root, and empties the unit's own directories, which
 * systemd has created again. Only root can use them until unit_dirs_settle(). -EPERM: a directory
 * exists that another user could exchange. On an error @ret_path is the path of the directory.
 */
int unit_dirs_make(const Pram__Unit *unit, int root, const char **ret_path);

/* Sets owners and modes, after the files have been created. */
int unit_dirs_settle(const Pram__Unit *unit, int root, const char **ret_path);

/* Can anybody but root rename what is in this directory of root? */
bool unit_dir_is_open(const struct stat *dir);

#endif /* PRAM_UNIT_DIRS_H */
