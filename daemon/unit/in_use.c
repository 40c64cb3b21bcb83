// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "unit/in_use.h"
#include "beneath.h"
#include "io.h"
#include "proc.h"
#include "procfiles.h"
#include "str.h"

#define SHARED_MAX 65536	/* limit of files that a unit has open or mapped */

/* One use of a file by a process: a descriptor or a mapping. */
struct use {
	uint32_t pid;
	dev_t dev;
	ino_t ino;
	const char *path;	/* as the process sees it */
	bool mapped;		/* as a shared mapping */
	bool writes;
};

typedef int (*use_fn)(const struct use *use, void *userdata);

struct walk {
	use_fn fn;
	void *userdata;
};

static int use_fd(const struct proc_fd *fd, void *userdata)
{
	const struct walk *walk = userdata;
	struct use use = { .pid = fd->pid, .path = fd->target };
	struct stat st;

	if (fd->target[0] != '/' || fstatat(fd->dir, fd->name, &st, 0) < 0 || !S_ISREG(st.st_mode))
		return 0;
	use.dev = st.st_dev;
	use.ino = st.st_ino;
	use.writes = proc_fd_writes(fd);
	return walk->fn(&use, walk->userdata);
}

static int use_mapping(const struct proc_mapping *m, void *userdata)
{
	const struct walk *walk = userdata;
	struct use use = {
		.pid = m->pid,
		.dev = m->dev,
		.ino = m->ino,
		.path = m->path,
		.mapped = m->shared,
		.writes = m->shared && m->writable,
	};

	return m->path[0] == '/' ? walk->fn(&use, walk->userdata) : 0;
}

static int each_use(uint32_t pid, use_fn fn, void *userdata)
{
	struct walk walk = { .fn = fn, .userdata = userdata };
	int r = proc_each_fd(pid, use_fd, &walk);

	return r ? r : proc_each_mapping(pid, use_mapping, &walk);
}

struct others {
	Pram__Process *const *procs;
	size_t n_procs;
	use_fn fn;
	void *userdata;
};

static int use_of_other(uint32_t pid, void *userdata)
{
	const struct others *o = userdata;
	int r;

	if (pid == (uint32_t)getpid() || proc_tree_has(o->procs, o->n_procs, pid))
		return 0;
	r = each_use(pid, o->fn, o->userdata);
	return r == -EACCES || r == -EPERM ? 0 : r;	/* not readable even for root */
}

/* All processes except the unit's and pramd. */
static int each_other_use(Pram__Process *const *procs, size_t n_procs, use_fn fn, void *userdata)
{
	struct others others = { procs, n_procs, fn, userdata };

	return proc_each(use_of_other, &others);
}

struct files {
	struct inuse_file *v;
	size_t n;
	Pram__Process *const *procs;	/* of the unit */
	size_t n_procs;
	bool shared;	/* consider only uses that would see a change by the unit */
};

static struct inuse_file *find(const struct files *files, const struct use *use)
{
	for (size_t i = 0; i < files->n; i++)
		if (files->v[i].ino == use->ino && files->v[i].dev == use->dev)
			return &files->v[i];
	return NULL;
}

static int mark(const struct use *use, void *userdata)
{
	const struct files *files = userdata;
	struct inuse_file *f = find(files, use);

	if (f && (!files->shared || f->nameless || use->mapped || use->writes) &&
	    proc_is_outside(files->procs, files->n_procs, use->pid))
		f->user = use->pid;
	return 0;
}

int inuse_find(Pram__Process *const *procs, size_t n_procs, struct inuse_file *v, size_t n)
{
	struct files files = { .v = v, .n = n, .procs = procs, .n_procs = n_procs };

	return n ? each_other_use(procs, n_procs, mark, &files) : 0;
}

/* True for shared memory without a name, which cannot be opened by a path. */
static bool is_nameless(const struct use *use)
{
	return str_after(use->path, "/memfd:") ||
	       (use->mapped &&
		(str_after(use->path, "/dev/zero (deleted)") || str_after(use->path, "/SYSV")));
}

/* 1 if the path leads to the file and that is on a tmpfs, otherwise 0, or a negative errno. */
static int is_on_tmpfs(const struct use *use)
{
	int root __cleanup(fd_closep) = beneath_root(use->pid);
	int fd __cleanup(fd_closep) = root < 0 ? root : beneath_look(root, use->path + 1);
	struct statfs fs;
	struct stat st;

	if (fd < 0)
		return fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE ? fd : 0;
	return fstat(fd, &st) == 0 && st.st_ino == use->ino && st.st_dev == use->dev &&
	       fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/*
 * Collects tmpfs files that the process can write to, and memory without a name that it can write
 * to or maps: such memory is moved away from everybody who maps it, even read-only.
 */
static int add_shared(const struct use *use, void *userdata)
{
	struct files *files = userdata;
	bool nameless = is_nameless(use);
	struct inuse_file *v;
	int r;

	if (!(use->writes || (nameless && use->mapped)) || find(files, use))
		return 0;
	r = nameless ? 1 : is_on_tmpfs(use);
	if (r <= 0)
		return r;
	v = files->n < SHARED_MAX ? realloc(files->v, (files->n + 1) * sizeof(*v)) : NULL;
	if (!v)
		return -ENOMEM;
	files->v = v;
	v += files->n;
	*v = (struct inuse_file){
		.dev = use->dev,
		.ino = use->ino,
		.path = strdup(use->path),
		.nameless = nameless,
	};
	files->n += !!v->path;
	return v->path ? 0 : -ENOMEM;
}

static bool explain(const struct files *files, struct reason_told *ret)
{
	struct proc_stat st;

	for (size_t i = 0; i < files->n; i++) {
		const struct inuse_file *f = &files->v[i];

		if (!f->user)
			continue;
		return reason_say(REASON_UNIT_SHARED_FILE, ret,
				  "it shares %s with process %" PRIu32 " (%s), which "
				  "does not belong to it: after a restore each would have its own copy",
				  f->path, f->user,
				  proc_stat_read(f->user, &st) == 0 ? st.comm : "ended");
	}
	return false;
}

bool inuse_problem(Pram__Process *const *procs, size_t n_procs, struct reason_told *ret)
{
	struct files files = { .shared = true, .procs = procs, .n_procs = n_procs };
	bool problem;
	int r = 0;

	for (size_t i = 0; i < n_procs && !r; i++)
		r = each_use(procs[i]->pid, add_shared, &files);
	if (!r && files.n)
		r = each_other_use(procs, n_procs, mark, &files);
	problem = r < 0 ? reason_say(REASON_UNIT_UNREADABLE, ret,
				     "the users of its files cannot be determined") :
			  explain(&files, ret);
	for (size_t i = 0; i < files.n; i++)
		free(files.v[i].path);
	free(files.v);
	return problem;
}
