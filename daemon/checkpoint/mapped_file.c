// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "checkpoint/mapped_file.h"
#include "io.h"

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
