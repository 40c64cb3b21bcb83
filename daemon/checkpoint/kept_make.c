// SPDX-License-Identifier: GPL-2.0-only
/* Kept files in a restore: creates and fills the files in the unit's new sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_fds.h"
#include "beneath.h"
#include "io.h"
#include "str.h"

#define COPY_BYTES (1 << 20)

static int add_link(int root, int fd, const char *path)
{
	const char *name;
	int dir __cleanup(fd_closep) = beneath_clear_name(root, path, &name);

	if (dir < 0)
		return dir;
	return linkat(fd, "", dir, name, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* Owner before mode: chown() clears the set-id bits. */
static int set_attributes(int fd, const Pram__KeptFile *f)
{
	if (fchown(fd, f->uid, f->gid) < 0 || fchmod(fd, f->mode & 07777) < 0)
		return -errno;
	for (size_t i = 0; i < f->n_xattrs; i++) {
		const Pram__Xattr *x = f->xattrs[i];

		if (fsetxattr(fd, x->name, x->value.data, x->value.len, 0) < 0)
			return -errno;
	}
	return 0;
}

static int make(int root, const Pram__KeptFile *f, int *ret_fd)
{
	int fd = beneath_create(root, f->paths[0], O_RDWR);
	int r = fd < 0 ? fd : set_attributes(fd, f);

	for (size_t i = 1; !r && i < f->n_paths; i++)
		r = add_link(root, fd, f->paths[i]);
	*ret_fd = fd < 0 ? -1 : fd;
	return r;
}

int kept_make(struct ckpt *c, int root, const char **ret_path)
{
	const Pram__Unit *u = c->manifest->unit;
	int r = kept_alloc(&c->kept, u->n_kept);

	*ret_path = NULL;
	for (size_t i = 0; !r && i < u->n_kept; i++) {
		if (kept_is_shared(u->kept[i]))
			continue;
		*ret_path = kept_label(u->kept[i]);
		r = make(root, u->kept[i], &c->kept->v[i].target);
		if (!r && c->kept->v[i].fd < 0)
			kept_store(c->name, i, c->kept->v[i].target);
	}
	return r;
}

/* Copies a file that did not become a node. Holes stay holes. */
static int copy(int from, int to)
{
	static char buf[COPY_BYTES];
	off_t data = 0, hole;
	struct stat st;

	if (fstat(from, &st) < 0 || ftruncate(to, st.st_size) < 0)
		return -errno;
	while ((data = lseek(from, data, SEEK_DATA)) >= 0) {
		hole = lseek(from, data, SEEK_HOLE);
		while (data < hole) {
			size_t part = hole - data < COPY_BYTES ? (size_t)(hole - data) : COPY_BYTES;
			ssize_t n = pread(from, buf, part, data);

			if (n > 0)
				n = pwrite(to, buf, (size_t)n, data);
			if (n <= 0)
				return n ? -errno : -EIO;
			data += n;
		}
	}
	return errno == ENXIO ? 0 : -errno;
}

static int set_times(int fd, const Pram__KeptFile *f)
{
	const struct timespec times[] = {
		{ f->atime_nsec / NSEC_PER_SEC, f->atime_nsec % NSEC_PER_SEC },
		{ f->mtime_nsec / NSEC_PER_SEC, f->mtime_nsec % NSEC_PER_SEC },
	};

	return futimens(fd, times) < 0 ? -errno : 0;
}

int kept_fill(int dev, const struct ckpt *c, bool shared, const char **ret_path)
{
	const Pram__Unit *u = c->manifest->unit;
	int r = 0;

	for (size_t i = 0; !r && i < u->n_kept; i++) {
		int fd = c->kept->v[i].fd, target = c->kept->v[i].target;
		char name[KEPT_NAME_SIZE];

		if (kept_is_shared(u->kept[i]) != shared)
			continue;
		*ret_path = kept_label(u->kept[i]);
		kept_name(i, name);
		r = fd < 0 ? store_get_fd(dev, target, c->name, name) : copy(fd, target);
		if (!r && !shared)
			r = set_times(target, u->kept[i]);
	}
	return r;
}
