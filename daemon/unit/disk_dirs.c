// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "unit/disk_dirs.h"
#include "beneath.h"
#include "io.h"
#include "macro.h"
#include "manifest.h"
#include "pb.h"
#include "str.h"

#define PRIVATE "systemd-private-"	/* of systemd; the directory in there is called tmp */

/* systemd has these private directories in the host's directories of the same paths. */
static const char *const paths[] = { "tmp", "var/tmp" };

/* --- where the directories are ------------------------------------------------------------ */

/* A directory for the entries of @path, while the unit does not run. */
static char *aside_path(const struct diskdirs *d, const char *path)
{
	return str_printf("%s/tmp/%s/%s", d->state_dir, d->name,
			  strchr(path, '/') ? "var-tmp" : path);
}

static int open_aside(const struct diskdirs *d, const char *path)
{
	char *aside __cleanup(freep) = aside_path(d, path);
	int fd;

	if (!aside)
		return -ENOMEM;
	fd = open(aside, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int make_aside(const struct diskdirs *d, const char *path)
{
	char *aside __cleanup(freep) = aside_path(d, path);
	int r = aside ? mkdir_parents(aside) : -ENOMEM;

	return r < 0 ? r : open_aside(d, path);
}

/*
 * Opens a private directory of systemd by its path on the host. Others can write to the directory
 * above, so checks that only root could have made this one.
 */
static int open_private(const char *host, const char *path)
{
	char *top __cleanup(freep) = str_printf("%s/", host);
	int root __cleanup(fd_closep) = top ? open(top, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const char *name;
	int parent __cleanup(fd_closep) = root < 0 ? -ENOENT : beneath_parent(root, path, &name);
	struct stat st;

	if (parent < 0)
		return parent;
	if (fstat(parent, &st) < 0)
		return -errno;
	if (st.st_uid || st.st_mode & 0077)
		return -EPERM;
	return beneath_open_dir(parent, name);
}

static bool is_same(int fd, const struct stat *st)
{
	struct stat other;

	return fstat(fd, &other) == 0 && other.st_dev == st->st_dev && other.st_ino == st->st_ino;
}

/*
 * Finds the private directory that the unit sees as @path, and returns its path on the host without
 * the first slash. NULL: there is none.
 */
static char *find_private(const char *host, const char *path, const struct stat *inside)
{
	char *above __cleanup(freep) = str_printf("%s/%s", host, path);
	DIR *dir = above ? opendir(above) : NULL;
	struct dirent *de;
	char *found = NULL;

	while (dir && !found && (de = readdir(dir))) {
		int fd __cleanup(fd_closep) = -1;

		if (!str_after(de->d_name, PRIVATE))
			continue;
		found = str_printf("%s/%s/tmp", path, de->d_name);
		fd = found ? open_private(host, found) : -1;
		if (fd < 0 || !is_same(fd, inside)) {
			free(found);
			found = NULL;
		}
	}
	if (dir)
		closedir(dir);
	return found;
}

static uint64_t mount_id(int fd)
{
	struct statx sx = {};

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) < 0 || !(sx.stx_mask & STATX_MNT_ID))
		return UINT64_MAX;
	return sx.stx_mnt_id;
}

/* Nothing can be renamed to another mount. */
static bool can_rename(const struct diskdirs *d, const char *private)
{
	char *above __cleanup(freep) = str_printf("%s/tmp", d->state_dir);
	int from __cleanup(fd_closep) = open_private(d->host, private);
	int to __cleanup(fd_closep) = -1;

	if (!above || from < 0 || mkdir_parents(above) < 0)
		return false;
	to = open(above, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return to >= 0 && mount_id(from) == mount_id(to) && mount_id(to) != UINT64_MAX;
}

/* --- dump --------------------------------------------------------------------------------- */

static int add(const struct diskdirs *d, int root, const char *path, Pram__Unit *unit)
{
	int fd __cleanup(fd_closep) = beneath_open_dir(root, path);
	char *private __cleanup(freep) = NULL;
	Pram__DiskDirectory *dir;
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return fd == -ENOENT || fd == -ELOOP || fd == -ENOTDIR ? 0 : fd;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if (fs.f_type == TMPFS_MAGIC)
		return 0;
	private = find_private(d->host, path, &st);
	if (!private || !can_rename(d, private))
		return 0;
	dir = PB_NEW(DiskDirectory);
	if (!dir || pb_str(&dir->path, path) < 0 || pb_strf(&dir->host, "/%s", private) < 0) {
		pb_free(dir);
		return -ENOMEM;
	}
	return pb_append_msg(&unit->n_disk, &unit->disk, dir);
}

int diskdirs_find(const struct diskdirs *d, int root, Pram__Unit *unit)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(paths) && !r; i++)
		r = add(d, root, paths[i], unit);
	return r;
}

bool diskdirs_has(const Pram__Unit *unit, const char *path)
{
	for (size_t i = 0; i < unit->n_disk; i++)
		if (str_eq(unit->disk[i]->path, path))
			return true;
	return false;
}

/* --- renaming ----------------------------------------------------------------------------- */

/* Renames what one pass over @from finds, and returns how many entries that was. */
static int rename_pass(DIR *dir, int from, int to)
{
	struct dirent *de;
	int n = 0;

	rewinddir(dir);
	while ((de = readdir(dir))) {
		if (str_eq(de->d_name, ".") || str_eq(de->d_name, ".."))
			continue;
		if (renameat2(from, de->d_name, to, de->d_name, RENAME_NOREPLACE) < 0)
			return -errno;
		n++;
	}
	return n;
}

/* A pass may miss entries, because it changes the directory that it reads. */
static int rename_all(int from, int to)
{
	int copy = fcntl(from, F_DUPFD_CLOEXEC, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	int n;

	if (!dir) {
		fd_close(copy);
		return -ENOMEM;
	}
	do
		n = rename_pass(dir, from, to);
	while (n > 0);
	closedir(dir);
	return n;
}

int diskdirs_stow(const struct diskdirs *d, const Pram__Unit *unit, const char **ret_path)
{
	int r = 0;

	for (size_t i = 0; i < unit->n_disk && !r; i++) {
		int from __cleanup(fd_closep) = open_private(d->host, unit->disk[i]->host + 1);
		int to __cleanup(fd_closep) = -1;

		*ret_path = unit->disk[i]->path;
		if (from == -ENOENT)
			continue;
		to = from < 0 ? from : make_aside(d, unit->disk[i]->path);
		r = to < 0 ? to : rename_all(from, to);
	}
	return r;
}

static int put_one(const struct diskdirs *d, const char *path, int root, int *fd)
{
	int inside __cleanup(fd_closep) = beneath_open_dir(root, path);
	int from __cleanup(fd_closep) = open_aside(d, path);
	char *private __cleanup(freep) = NULL;
	struct stat st;

	if (from == -ENOENT)
		return 0;	/* nothing is aside */
	if (from < 0 || inside < 0)
		return from < 0 ? from : inside;
	if (fstat(inside, &st) < 0)
		return -errno;
	private = find_private(d->host, path, &st);
	if (!private)
		return -ENOENT;
	*fd = open_private(d->host, private);
	return *fd < 0 ? *fd : rename_all(from, *fd);
}

int diskdirs_put(const struct diskdirs *d, const Pram__Unit *unit, int root, int *fds,
		 const char **ret_path)
{
	int r = 0;

	for (size_t i = 0; i < DISK_DIRS_MAX; i++)
		fds[i] = -1;
	for (size_t i = 0; i < unit->n_disk && !r; i++) {
		*ret_path = unit->disk[i]->path;
		r = put_one(d, unit->disk[i]->path, root, &fds[i]);
	}
	return r;
}

int diskdirs_back(const struct diskdirs *d, const Pram__Unit *unit, const int *fds,
		  const char **ret_path)
{
	int r = 0;

	for (size_t i = 0; i < unit->n_disk; i++) {
		int to __cleanup(fd_closep) = fds[i] < 0 ? -1 : make_aside(d, unit->disk[i]->path);
		int q;

		if (fds[i] < 0)
			continue;
		q = to < 0 ? to : rename_all(fds[i], to);
		if (q < 0 && !r) {
			*ret_path = unit->disk[i]->path;
			r = q;
		}
	}
	return r;
}
