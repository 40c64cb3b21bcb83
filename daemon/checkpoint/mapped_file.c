// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "checkpoint/mapped_file.h"
#include "beneath.h"
#include "io.h"

/*
 * Only memory that has no name: a file could belong to another user, who only lets others read it.
 */
static int check(int path_fd, struct stat *st)
{
	struct statfs fs;

	if (fstat(path_fd, st) < 0 || fstatfs(path_fd, &fs) < 0)
		return -errno;
	return S_ISREG(st->st_mode) && !st->st_nlink && fs.f_type == TMPFS_MAGIC ? 0 : -EINVAL;
}

int kept_open_mapping(uint32_t pid, uint64_t start, uint64_t end, struct stat *st)
{
	int path_fd __cleanup(fd_closep) = -1;
	char path[96];
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64, pid, start,
		 end);
	path_fd = open(path, O_PATH | O_CLOEXEC);
	if (path_fd < 0)
		return -errno;
	r = check(path_fd, st);
	/*
	 * Without O_NONBLOCK the open would wait while the process, which is stopped, holds a
	 * lease.
	 */
	return r < 0 ? r : beneath_reopen(path_fd, O_RDWR | O_NONBLOCK);
}
