// SPDX-License-Identifier: GPL-2.0-only
/* A restore's way: from nodes into new files in the unit's new sandbox. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "ckpt.h"
#include "io.h"
#include "keptstate.h"
#include "str.h"

#define COPY_BYTES (1 << 20)

int kept_root(uint32_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Into the directory that the next @len bytes of a path name. */
static int descend(int dir, const char *name, size_t len, bool make)
{
	char part[NAME_MAX + 1];
	int fd;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(part, name, len);
	part[len] = 0;
	if (make && mkdirat(dir, part, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int kept_parent(int root, const char *path, bool make, const char **ret_name)
{
	int dir = fcntl(root, F_DUPFD_CLOEXEC, 0);
	const char *slash;

	if (dir < 0)
		return -errno;
	for (; (slash = strchr(path, '/')); path = slash + 1) {
		int next = descend(dir, path, (size_t)(slash - path), make);

		fd_close(dir);
		if (next < 0)
			return next;
		dir = next;
	}
	*ret_name = path;
	return dir;
}

int kept_open(int root, const char *path, int flags)
{
	const char *name;
	int dir __cleanup(fd_closep) = kept_parent(root, path, flags & O_CREAT, &name);
	int fd;

	if (dir < 0)
		return dir;
	/* A new inode: who has the old one open is not to see this. */
	if (flags & O_CREAT && unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, name, flags | (flags & O_CREAT ? O_EXCL : 0) | O_NOFOLLOW | O_NONBLOCK |
		    O_NOCTTY | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int add_link(int root, int fd, const char *path)
{
	const char *name;
	int dir __cleanup(fd_closep) = kept_parent(root, path, true, &name);

	if (dir < 0)
		return dir;
	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	return linkat(fd, "", dir, name, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

/* The owner first: to change it takes set-id bits away. */
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
	int fd = kept_open(root, f->paths[0], O_RDWR | O_CREAT);
	int r = fd < 0 ? fd : set_attributes(fd, f);

	for (size_t i = 1; !r && i < f->n_paths; i++)
		r = add_link(root, fd, f->paths[i]);
	*ret_fd = fd < 0 ? -1 : fd;
	return r;
}

int kept_make(struct ckpt *c, int root, const char **ret_path)
{
	const Pram__Unit *u = c->manifest->unit;
	int r = kept_alloc(c, u->n_kept);

	*ret_path = "them";
	for (size_t i = 0; !r && i < u->n_kept; i++) {
		if (kept_is_shared(u->kept[i]))
			continue;
		*ret_path = kept_label(u->kept[i]);
		r = make(root, u->kept[i], &c->kept->v[i].target);
		if (!r && c->kept->v[i].fd < 0)
			kept_store(c, i, c->kept->v[i].target);
	}
	return r;
}

/* From a file that did not become a node. What of it was no data stays a hole. */
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
