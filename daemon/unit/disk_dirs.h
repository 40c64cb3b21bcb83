/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Directories of a unit on a disk that systemd removes when the unit stops: those of PrivateTmp=.
 * What is on a disk stays on the disk. When the unit's processes have been ended, the entries of
 * such a directory are renamed into a directory aside, STATE_DIR/tmp/NAME. At the restore they are
 * renamed into the directory that systemd has made for the new sandbox.
 *
 * Only root can use the directory aside, and the one above systemd's. Entries are renamed by name,
 * from one open directory into another, so nothing in them is followed.
 */
#ifndef PRAM_UNIT_DISK_DIRS_H
#define PRAM_UNIT_DISK_DIRS_H

#include <stdbool.h>

#include "core/conf.h"
#include "pram.pb-c.h"

struct manager;

/* Where the directories are. */
struct diskdirs {
	const char *host;	/* precedes paths on the host: "", except in tests */
	const char *state_dir;
	const char *name;	/* of the checkpoint */
};

/* Those of the checkpoint @name. */
static inline struct diskdirs diskdirs_of(const struct conf *conf, const char *name)
{
	return (struct diskdirs){ .host = "", .state_dir = conf->state_dir, .name = name };
}

/*
 * Adds those of the unit to @unit->disk. @root: the unit's root. Leaves out a directory on a tmpfs,
 * and one on another mount than the directory aside, to which nothing can be renamed.
 */
int diskdirs_find(const struct diskdirs *d, int root, Pram__Unit *unit);
bool diskdirs_has(const Pram__Unit *unit, const char *path);

/*
 * The unit's processes have ended: renames all entries into the directory aside. It is no error if
 * a directory does not exist any more. On an error @ret_path is its path.
 */
int diskdirs_stow(const struct diskdirs *d, const Pram__Unit *unit, const char **ret_path);

/*
 * Renames all entries into the private directories of the sandbox with the root @root. @fds has
 * DISK_DIRS_MAX elements and is filled with descriptors of these directories, which the caller
 * closes, or -1. With them diskdirs_back() undoes that, even if the processes of the sandbox have
 * ended. -ENOENT: the sandbox has no such directory. On an error @ret_path is its path.
 */
int diskdirs_put(const struct diskdirs *d, const Pram__Unit *unit, int root, int *fds,
		 const char **ret_path);
int diskdirs_back(const struct diskdirs *d, const Pram__Unit *unit, const int *fds,
		  const char **ret_path);

/*
 * Gives up what is aside for the checkpoint @name. If @name is NULL, everything that no checkpoint
 * needs. A child of pramd removes it, which can take long.
 */
void diskdirs_forget(struct manager *m, const char *name);

#endif /* PRAM_UNIT_DISK_DIRS_H */
