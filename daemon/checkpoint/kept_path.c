// SPDX-License-Identifier: GPL-2.0-only
/* Files of a unit's by their paths from its root, by no symbolic link. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "checkpoint/kept_path.h"
#include "io.h"
#include "namespaces.h"

int kept_root(uint32_t pid)
{
	char path[64], buf[256];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* After it was opened, see there. */
	if (ns_problem(pid, buf, sizeof(buf))) {
		fd_close(fd);
		return -EPERM;
	}
	return fd;
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

int kept_open_mapping(uint32_t pid, uint64_t start, uint64_t end, struct stat *st)
{
	char path[96];
	struct statfs fs;
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64, pid, start, end);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fstat(fd, st) < 0 || fstatfs(fd, &fs) < 0 ? -errno : 0;
	if (!r && (!S_ISREG(st->st_mode) || fs.f_type != TMPFS_MAGIC))
		r = -EINVAL;
	if (!r)
		return fd;
	fd_close(fd);
	return r;
}
