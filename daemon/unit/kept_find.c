// SPDX-License-Identifier: GPL-2.0-only
/* kept_find(): selects the files of a unit that are kept in place. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_fds.h"
#include "unit/info.h"
#include "unit/kept_find.h"
#include "beneath.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "pluginfiles.h"
#include "str.h"

#define XATTRS_MAX (64u << 10)	/* the kernel's limits for names and for a value */

/* --- attributes that are not in the node -------------------------------------------------- */

/* Keep the same attributes as tar does: user attributes and access control lists. */
static bool is_kept_xattr(const char *name)
{
	return str_after(name, "user.") || str_after(name, "system.posix_acl_");
}

static int add_xattr(Pram__KeptFile *f, int fd, const char *name, uint8_t *value)
{
	ssize_t len = fgetxattr(fd, name, value, XATTRS_MAX);
	Pram__Xattr *x = len < 0 ? NULL : PB_NEW(Xattr);

	if (len < 0)
		return errno == ENODATA ? 0 : -errno;
	if (!x)
		return -ENOMEM;
	x->value.data = malloc((size_t)len + 1);
	if (pb_str(&x->name, name) < 0 || !x->value.data) {
		pb_free(x);
		return -ENOMEM;
	}
	memcpy(x->value.data, value, (size_t)len);
	x->value.len = (size_t)len;
	x->has_value = 1;
	return pb_append_msg(&f->n_xattrs, &f->xattrs, x);
}

static int add_xattrs(Pram__KeptFile *f, int fd)
{
	char *names __cleanup(freep) = malloc(XATTRS_MAX);
	uint8_t *value __cleanup(freep) = malloc(XATTRS_MAX);
	ssize_t len = names ? flistxattr(fd, names, XATTRS_MAX) : 0;
	int r = names && value ? 0 : -ENOMEM;

	if (len < 0)
		return errno == EOPNOTSUPP ? 0 : -errno;
	for (const char *p = names; !r && p < names + len; p += strlen(p) + 1)
		if (is_kept_xattr(p))
			r = add_xattr(f, fd, p, value);
	return r;
}

static int64_t nsec(const struct timespec *ts)
{
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static Pram__KeptFile *describe(int fd, const char *path, const struct stat *st)
{
	Pram__KeptFile *f = PB_NEW(KeptFile);

	if (!f)
		return NULL;
	pb_set(f, bytes, (uint64_t)st->st_size);
	pb_set(f, mode, st->st_mode & 07777);
	pb_set(f, uid, st->st_uid);
	pb_set(f, gid, st->st_gid);
	pb_set(f, atime_nsec, nsec(&st->st_atim));
	pb_set(f, mtime_nsec, nsec(&st->st_mtim));
	if (pb_append_str(&f->n_paths, &f->paths, path) < 0 || add_xattrs(f, fd) < 0) {
		pb_free(f);
		return NULL;
	}
	return f;
}

/* --- selection ---------------------------------------------------------------------------- */

static bool on_tmpfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == TMPFS_MAGIC;
}

/* A file that cannot be opened for writing is not kept in place; the archive has it. */
static int add_file(struct kept_found *find, const char *path)
{
	int fd __cleanup(fd_closep) = beneath_open_file(find->root, path, O_RDWR);
	Pram__KeptFile *f;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < MIN_NODE_BYTES ||
	    !on_tmpfs(fd))
		return fd == -ENOMEM || fd == -EMFILE || fd == -ENFILE ? fd : 0;
	f = kept_known(find, &st);
	if (f)
		return pb_append_str(&f->n_paths, &f->paths, path);
	if (find->unit->n_kept == KEPT_MAX)
		return 0;
	r = kept_add(find, fd, &st, describe(fd, path, &st));
	if (!r)
		fd = -1;
	return r;
}

static int look_at(const struct beneath_entry *entry, void *userdata)
{
	/* The manifest can hold UTF-8 only. */
	if (!S_ISREG(entry->st->st_mode) || entry->st->st_size < MIN_NODE_BYTES ||
	    !utf8_valid(entry->path, strlen(entry->path)))
		return 0;
	return add_file(userdata, entry->path);
}

/* Directories that are nested too deeply are left to the archive. */
static int walk(struct kept_found *find, const char *path)
{
	int r = beneath_walk(find->root, path, look_at, find);

	return r == -ENAMETOOLONG ? 0 : r;
}

static void drop(struct kept_found *find, size_t i)
{
	struct kept *kept = find->c->kept;
	size_t last = --find->unit->n_kept;

	pb_free(find->unit->kept[i]);
	fd_close(kept->v[i].fd);
	find->unit->kept[i] = find->unit->kept[last];
	find->files[i] = find->files[last];
	find->links[i] = find->links[last];
	kept->v[i] = kept->v[last];
	kept->v[last].fd = -1;
	kept->n = last;
}

/*
 * Removes files that other processes would lose: files in use by others, or with hard links that
 * were not found. For shared memory the dump has to fail, since it is not in the images.
 * inuse_problem() has reported such users already, unless they have just appeared.
 */
static int drop_shared(struct kept_found *find, Pram__Process *const *procs, size_t n)
{
	int r = inuse_find(procs, n, find->files, find->unit->n_kept);

	for (size_t i = find->unit->n_kept; i-- && r >= 0;) {
		if (!find->files[i].user && find->links[i] == find->unit->kept[i]->n_paths)
			continue;
		if (kept_is_shared(find->unit->kept[i]))
			r = -EBUSY;
		else
			drop(find, i);
	}
	return r;
}

static int find_all(struct kept_found *find, char *const *paths, size_t n_paths,
		    Pram__Process *const *procs, size_t n_procs, int dir)
{
	int r = kept_alloc(&find->c->kept, KEPT_MAX);

	if (r < 0)
		return r;
	find->c->kept->n = 0;
	if (find->root < 0)
		return find->root;
	r = kept_find_shared(find, dir, procs, n_procs);
	for (size_t i = 0; i < n_paths && !r; i++)
		r = walk(find, paths[i]);
	if (!r)
		r = drop_shared(find, procs, n_procs);
	if (!r)
		kept_store_all(find->c->name, find->c->kept);
	return r;
}

int kept_find(const struct unit_info *u, char *const *paths, size_t n_paths,
	      Pram__Process *const *procs, size_t n_procs, int dir, Pram__Unit *unit,
	      struct ckpt *c)
{
	struct kept_found find = {
		.unit = unit,
		.c = c,
		.files = calloc(KEPT_MAX, sizeof(*find.files)),
		.links = calloc(KEPT_MAX, sizeof(*find.links)),
		.root = beneath_root(u->main_pid),
	};
	int r = find.files && find.links ? find_all(&find, paths, n_paths, procs, n_procs, dir) :
					   -ENOMEM;

	fd_close(find.root);
	free(find.files);
	free(find.links);
	return r;
}
