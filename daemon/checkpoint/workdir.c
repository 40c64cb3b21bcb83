// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "io.h"
#include "log.h"
#include "str.h"

int workdir_open(const struct manager *m, const char *name)
{
	char *path __cleanup(freep) = path_work(m, name);
	int fd;

	if (!path)
		return -ENOMEM;
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int r = errno == EWOULDBLOCK ? -EBUSY : -errno;

		fd_close(fd);
		return r;
	}
	return fd;
}

void workdir_remove(const struct manager *m, const char *name)
{
	char *path __cleanup(freep) = path_work(m, name);
	int r = path ? rmdir_flat(path) : -ENOMEM;

	if (r < 0 && r != -ENOENT)
		log_warning("Cannot remove %s: %s", str_or(path), strerror(-r));
}
