// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* --- files in use ------------------------------------------------------------------------- */

struct used {
	const struct unit_info *unit;
	uint32_t uid;		/* of the process that is looked at */
	char ***v;
	size_t *n;
	Pram__Unit *described;
	char **foreign;		/* files that the process only reads and that another user owns */
	size_t n_foreign;
};

static int describe(Pram__Unit *unit, const char *path, uint32_t uid)
{
	Pram__UsedFile *f = PB_NEW(UsedFile);

	if (!f || pb_str(&f->path, path) < 0) {
		pb_free(f);
		return -ENOMEM;
	}
	pb_set(f, uid, uid);
	return pb_append_msg(&unit->n_used, &unit->used, f);
}

/*
 * @path: from "/". The restore replaces the file by the old one. A process that could only read it
 * must not have root do that.
 */
static int add_file(struct used *used, const char *path, uint32_t owner, bool writes)
{
	size_t n = *used->n;
	int r;

	if (covered(*used->v, n, path + 1))
		return 0;
	if (used->uid && used->uid != owner && !writes)
		return pb_append_str(&used->n_foreign, &used->foreign, path + 1);
	r = add_path(used->v, used->n, used->unit, path);
	return r || *used->n == n || !utf8_valid(path, strlen(path)) ? r :
		describe(used->described, (*used->v)[n], owner);
}

/*
 * Adds the path of an open or mapped file if that is a tmpfs file which the path really leads to.
 * The path of a file in a detached mount may lead to another file.
 */
static int add_used(struct used *used, const char *path, dev_t dev, ino_t ino, bool writes)
{
	int root __cleanup(fd_closep) = path[0] == '/' ? beneath_root(used->unit->main_pid) :
							 -ENOENT;
	int fd __cleanup(fd_closep) = root < 0 ? root : beneath_look(root, path + 1);
	struct statfs fs;
	struct stat st;

	if (fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE)
		return fd;
	/* Deleted files, memfds and the like cannot be found by name. CRIU keeps them. */
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_dev != dev ||
	    st.st_ino != ino || fstatfs(fd, &fs) < 0 || fs.f_type != TMPFS_MAGIC)
		return 0;
	return add_file(used, path, st.st_uid, writes);
}

static int add_open(const struct proc_fd *fd, void *userdata)
{
	struct stat st;

	return fstatat(fd->dir, fd->name, &st, 0) < 0 || !S_ISREG(st.st_mode) ? 0 :
		add_used(userdata, fd->target, st.st_dev, st.st_ino, proc_fd_writes(fd));
}

static int add_mapped(const struct proc_mapping *m, void *userdata)
{
	return add_used(userdata, m->path, m->dev, m->ino, m->shared && m->writable);
}

static int add_process(struct used *used, uint32_t pid)
{
	int r = proc_uid(pid, &used->uid);

	if (r == -ESRCH)
		return 0;
	if (!r)
		r = proc_each_fd(pid, add_open, used);
	return r ? r : proc_each_mapping(pid, add_mapped, used);
}

/*
 * Returns a file that only readers use, or NULL. Another process of the unit may be its owner or
 * write to it.
 */
static char *take_foreign(struct used *used)
{
	for (size_t i = 0; i < used->n_foreign; i++)
		if (!covered(*used->v, *used->n, used->foreign[i]))
			return strdup(used->foreign[i]);
	return NULL;
}

int unit_files(const struct unit_info *u, Pram__Unit *unit, char ***v, size_t *n,
	       char **ret_foreign)
{
	struct used used = { .unit = u, .v = v, .n = n, .described = unit };
	Pram__Process **procs = NULL;
	size_t n_procs = 0;
	int r = add_configured(v, n, u, unit);

	if (!r)
		r = proc_tree(u->main_pid, &procs, &n_procs);
	for (size_t i = 0; i < n_procs && !r; i++)
		r = add_process(&used, procs[i]->pid);
	proc_tree_free(procs, n_procs);
	*ret_foreign = r ? NULL : take_foreign(&used);
	for (size_t i = 0; i < used.n_foreign; i++)
		free(used.foreign[i]);
	free(used.foreign);
	return *ret_foreign ? -EACCES : r;
}

int unit_files_check(const Pram__Unit *unit, int root, const char **ret_path)
{
	struct stat st;
	int r = 0;

	for (size_t i = 0; i < unit->n_used && !r; i++) {
		*ret_path = unit->used[i]->path;
		r = beneath_stat(root, unit->used[i]->path, &st);
		if (!r && st.st_uid != unit->used[i]->uid)
			r = -EPERM;
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}
