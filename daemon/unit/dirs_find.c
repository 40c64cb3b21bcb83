// SPDX-License-Identifier: GPL-2.0-only
/* The dump: which directories are above the files and unix sockets of a unit. */
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "unit/dirs.h"
#include "beneath.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "str.h"

static bool is_known(const Pram__Unit *unit, const char *path)
{
	for (size_t i = 0; i < unit->n_dirs; i++)
		if (str_eq(unit->dirs[i]->path, path))
			return true;
	return false;
}

static int add(Pram__Unit *unit, const char *path, const struct stat *st, bool own)
{
	Pram__Directory *d;

	/* A manifest's text is UTF-8. */
	if (is_known(unit, path) || !utf8_valid(path, strlen(path)))
		return 0;
	if (unit->n_dirs == DIRS_MAX)
		return -E2BIG;
	d = PB_NEW(Directory);
	if (!d || pb_str(&d->path, path) < 0) {
		pb_free(d);
		return -ENOMEM;
	}
	pb_set(d, mode, st->st_mode & 07777);
	pb_set(d, uid, st->st_uid);
	pb_set(d, gid, st->st_gid);
	pb_set(d, own, own);
	return pb_append_msg(&unit->n_dirs, &unit->dirs, d);
}

/*
 * A directory of root's that others can write to is not locked at the restore, since it is theirs
 * too. So they could exchange a directory below it. -EPERM.
 */
static int add_below(Pram__Unit *unit, const char *path, const struct stat *st,
		     const struct stat *above)
{
	return !above->st_uid && unit_dir_is_open(above) ? -EPERM : add(unit, path, st, false);
}

/*
 * Adds the directories above @path, the outermost first. Mount points are left out. A path with a
 * symbolic link, which PIDFile= may have, adds none: tar creates the directories for it.
 */
static int add_parents(Pram__Unit *unit, int root, const char *path, dev_t dev)
{
	struct stat above = {};
	int r = 0;

	for (const char *slash = strchr(path, '/'); slash && !r; slash = strchr(slash + 1, '/')) {
		char *part __cleanup(freep) = str_printf("%.*s", (int)(slash - path), path);
		struct stat st;

		if (!part)
			return -ENOMEM;
		r = beneath_stat(root, part, &st);
		if (r < 0)
			return r;
		if (st.st_dev == dev && above.st_dev == dev)
			r = add_below(unit, part, &st, &above);
		above = st;
	}
	return r;
}

static int add_path(Pram__Unit *unit, int root, const char *path)
{
	struct stat st;
	int r = beneath_stat(root, path, &st);

	if (r < 0)
		return r == -ELOOP ? 0 : r;
	if (!S_ISDIR(st.st_mode))
		return add_parents(unit, root, path, st.st_dev);
	return str_after(path, "run/") ? add(unit, path, &st, true) : 0;
}

int unit_dirs_find(uint32_t pid, char *const *paths, size_t n_paths, Pram__Unit *unit,
		   const char **ret_path)
{
	int root __cleanup(fd_closep) = beneath_root(pid);
	int r = root < 0 ? root : 0;

	*ret_path = NULL;
	for (size_t i = 0; i < n_paths && !r; i++) {
		*ret_path = paths[i];
		r = add_path(unit, root, paths[i]);
	}
	return r;
}

/* Is it a socket on a tmpfs? A path with a symbolic link is not. */
static bool is_lost_socket(int root, const char *path)
{
	int fd __cleanup(fd_closep) = beneath_look(root, path);
	struct statfs fs;
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && fstatfs(fd, &fs) == 0 &&
	       fs.f_type == TMPFS_MAGIC;
}

/*
 * A process may bind "/run//x/./y". Returns the path from "/" without empty and "." components, or
 * NULL: no memory, or there is a "..".
 */
static char *normal_path(const char *path)
{
	char *copy __cleanup(freep) = strdup(path);
	struct strbuf b = {};
	char *rest = copy, *part;

	while (rest && (part = strsep(&rest, "/"))) {
		if (str_eq(part, ".."))
			b.err = true;
		if (*part && !str_eq(part, "."))
			strbuf_printf(&b, "%s%s", b.len ? "/" : "", part);
	}
	return strbuf_steal(&b);
}

int unit_dirs_find_sockets(uint32_t pid, char *const *paths, size_t n_paths, Pram__Unit *unit,
			   const char **ret_path)
{
	int root __cleanup(fd_closep) = beneath_root(pid);
	int r = root < 0 ? root : 0;

	*ret_path = NULL;
	for (size_t i = 0; i < n_paths && !r; i++) {
		/* /var/run is a link to /run. */
		char *normal __cleanup(freep) = normal_path(paths[i]);
		const char *run = normal ? str_after(normal, "var/run/") : NULL;
		char *path __cleanup(freep) = str_printf("%s%s", run ? "run/" : "",
							 run ? run : str_or(normal));

		if (!path)
			return -ENOMEM;
		*ret_path = paths[i];
		if (normal && is_lost_socket(root, path))
			r = add_path(unit, root, path);
	}
	return r;
}
