// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "unit/disk_dirs.h"
#include "unit/files.h"
#include "beneath.h"
#include "io.h"
#include "pb.h"
#include "proc.h"
#include "procfiles.h"
#include "str.h"

#define FILES_MAX 4096

/* Is @path equal to a listed path, or below one? */
static bool covered(char *const *v, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++) {
		const char *rest = str_after(path, v[i]);

		if (rest && (!*rest || *rest == '/'))
			return true;
	}
	return false;
}

static int add_path(char ***v, size_t *n, const struct unit_info *u, const char *path)
{
	char *inside __cleanup(freep) = NULL;
	const char *rest = str_after(path, "/var/run/");
	char *relative __cleanup(freep) = str_printf("%s%s", rest ? "run/" : "",
						     rest ? rest : path + (*path == '/'));
	struct stat st;

	if (relative)
		inside = str_printf("/proc/%" PRIu32 "/root/%s", u->main_pid, relative);
	if (!inside)
		return -ENOMEM;
	/*
	 * Check only that the file exists. The lookup follows symbolic links in the path, which
	 * PIDFile= may have, but opens nothing.
	 */
	if (lstat(inside, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (covered(*v, *n, relative))
		return 0;
	return *n < FILES_MAX ? pb_append_str(n, v, relative) : -E2BIG;
}

static int add_configured(char ***v, size_t *n, const struct unit_info *u, const Pram__Unit *unit)
{
	int r = 0;

	for (char **dir = u->runtime_directory; dir && *dir && !r; dir++) {
		char *path __cleanup(freep) = str_printf("run/%s", *dir);

		r = path ? add_path(v, n, u, path) : -ENOMEM;
	}
	if (!r && u->private_tmp && !diskdirs_has(unit, "tmp"))
		r = add_path(v, n, u, "tmp");
	if (!r && u->private_tmp && !diskdirs_has(unit, "var/tmp"))
		r = add_path(v, n, u, "var/tmp");
	if (!r && !str_empty(u->pid_file))
		r = add_path(v, n, u, u->pid_file);
	return r;
}

struct used {
	const struct unit_info *unit;
	char ***v;
	size_t *n;
};

/*
 * Adds the path of an open or mapped file if that is a tmpfs file which the path really leads to.
 * The path of a file in a detached mount may lead to another file.
 */
static int add_used(const struct used *used, const char *path, dev_t dev, ino_t ino)
{
	int root __cleanup(fd_closep) = path[0] == '/' ? beneath_root(used->unit->main_pid) : -ENOENT;
	int fd __cleanup(fd_closep) = root < 0 ? root : beneath_look(root, path + 1);
	struct statfs fs;
	struct stat st;

	if (fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE)
		return fd;
	/* Deleted files, memfds and the like cannot be found by name. CRIU keeps them. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_dev != dev || st.st_ino != ino ||
	    fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return 0;
	return add_path(used->v, used->n, used->unit, path);
}

static int add_open(const struct proc_fd *fd, void *userdata)
{
	struct stat st;

	return fstatat(fd->dir, fd->name, &st, 0) < 0 ? 0 :
		add_used(userdata, fd->target, st.st_dev, st.st_ino);
}

static int add_mapped(const struct proc_mapping *m, void *userdata)
{
	return add_used(userdata, m->path, m->dev, m->ino);
}

int unit_files(const struct unit_info *u, const Pram__Unit *unit, char ***v, size_t *n)
{
	struct used used = { .unit = u, .v = v, .n = n };
	Pram__Process **procs = NULL;
	size_t n_procs = 0;
	int r = add_configured(v, n, u, unit);

	if (!r)
		r = proc_tree(u->main_pid, &procs, &n_procs);
	for (size_t i = 0; i < n_procs && !r; i++) {
		r = proc_each_fd(procs[i]->pid, add_open, &used);
		if (!r)
			r = proc_each_mapping(procs[i]->pid, add_mapped, &used);
	}
	proc_tree_free(procs, n_procs);
	return r;
}
