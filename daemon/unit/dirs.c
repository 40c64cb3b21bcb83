// SPDX-License-Identifier: GPL-2.0-only
/* The restore: creates the directories, and locks them while root creates files below them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "unit/dirs.h"
#include "beneath.h"
#include "io.h"
#include "macro.h"
#include "str.h"

#define LOCKED 0700
/* On a directory that is locked: its path. Only root can set it, and it outlives pramd. */
#define LOCK_XATTR "trusted.pram-lock"

bool unit_dir_is_open(const struct stat *dir)
{
	return dir->st_mode & 0022 && !(dir->st_mode & S_ISVTX);
}

/* Mount points, and the directories above them, cannot be removed and stay. */
static int remove_entry(const struct beneath_entry *entry, void *userdata __unused_arg)
{
	unlinkat(entry->dir, entry->name, S_ISDIR(entry->st->st_mode) ? AT_REMOVEDIR : 0);
	return 0;
}

/*
 * Removes what systemd has preserved (RuntimeDirectoryPreserve=), and what others have created in
 * the meantime.
 */
static int empty(int fd)
{
	return beneath_walk(fd, ".", remove_entry, NULL);
}

static int lock(int fd, const char *path)
{
	if (fchown(fd, 0, 0) < 0 || fchmod(fd, LOCKED) < 0 ||
	    fsetxattr(fd, LOCK_XATTR, path, strlen(path), 0) < 0)
		return -errno;
	return 0;
}

static bool is_locked(int fd, const char *path)
{
	char value[PATH_MAX];
	ssize_t len = fgetxattr(fd, LOCK_XATTR, value, sizeof(value));

	return len == (ssize_t)strlen(path) && !memcmp(value, path, (size_t)len);
}

/* Detects that another process exchanged the directory before it was locked. */
static int check_unmoved(int parent, const char *name, const struct stat *was)
{
	struct stat st;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return st.st_dev == was->st_dev && st.st_ino == was->st_ino ? 0 : -EPERM;
}

static bool any_below(const Pram__Unit *unit, const char *path)
{
	for (size_t i = 0; i < unit->n_dirs; i++) {
		const char *rest = str_after(unit->dirs[i]->path, path);

		if (rest && *rest == '/')
			return true;
	}
	return false;
}

/*
 * Handles a directory that exists already: in the same boot, or because tmpfiles.d has created it.
 * The unit's own directory is locked and emptied. Another one is locked if another user could
 * rename it, or files in it that are needed; but only if its owner is the one at the dump.
 * Otherwise the directory belongs to another user, and the restore fails.
 */
static int check_there(const Pram__Unit *unit, const Pram__Directory *d, int parent,
		       const char *name)
{
	int fd __cleanup(fd_closep) = beneath_open_dir(parent, name);
	struct stat above, st;
	int r;

	if (fd < 0)
		return fd;
	if (fstat(parent, &above) < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (d->own) {
		r = lock(fd, d->path);
		return r < 0 ? r : empty(fd);
	}
	if (above.st_uid || unit_dir_is_open(&above))
		return -EPERM;
	if (!st.st_uid || !(above.st_mode & 0022 || any_below(unit, d->path)))
		return 0;
	if (st.st_uid != d->uid)
		return -EPERM;
	r = lock(fd, d->path);
	return r < 0 ? r : check_unmoved(parent, name, &st);
}

static int lock_new(const Pram__Directory *d, int parent, const char *name)
{
	int fd __cleanup(fd_closep) = beneath_open_dir(parent, name);

	return fd < 0 ? fd : lock(fd, d->path);
}

static int make(const Pram__Unit *unit, const Pram__Directory *d, int root)
{
	const char *name;
	int parent __cleanup(fd_closep) = beneath_parent(root, d->path, &name);
	struct stat above;

	if (parent < 0)
		return parent;
	if (mkdirat(parent, name, LOCKED) < 0)
		return errno == EEXIST ? check_there(unit, d, parent, name) : -errno;
	if (fstat(parent, &above) < 0)
		return -errno;
	return above.st_uid || unit_dir_is_open(&above) ? -EPERM : lock_new(d, parent, name);
}

/*
 * Changes only directories that make() has created or locked, in this restore or in one that did
 * not end. Root may have another directory there that no other user may see.
 */
static int settle(const Pram__Directory *d, int root)
{
	const char *name;
	int parent __cleanup(fd_closep) = beneath_parent(root, d->path, &name);
	int fd __cleanup(fd_closep) = parent < 0 ? parent : beneath_open_dir(parent, name);

	if (fd < 0)
		return fd;
	if (!is_locked(fd, d->path))
		return 0;
	if (fremovexattr(fd, LOCK_XATTR) < 0 || fchown(fd, d->uid, d->gid) < 0 ||
	    fchmod(fd, d->mode & 07777) < 0)
		return -errno;
	return 0;
}

int unit_dirs_make(const Pram__Unit *unit, int root, const char **ret_path)
{
	int r = 0;

	for (size_t i = 0; i < unit->n_dirs && !r; i++) {
		*ret_path = unit->dirs[i]->path;
		r = make(unit, unit->dirs[i], root);
	}
	return r;
}

/* The innermost first: the owner of a directory can exchange what is in it. */
int unit_dirs_settle(const Pram__Unit *unit, int root, const char **ret_path)
{
	int r = 0;

	for (size_t i = unit->n_dirs; i-- && !r;) {
		*ret_path = unit->dirs[i]->path;
		r = settle(unit->dirs[i], root);
	}
	return r;
}
