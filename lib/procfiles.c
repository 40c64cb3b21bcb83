// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "io.h"
#include "procfiles.h"
#include "str.h"

static bool has_ended(int error)
{
	return error == ENOENT || error == ESRCH;
}

int proc_each_fd(uint32_t pid, proc_fd_fn fn, void *userdata)
{
	char path[64], target[4096];
	struct dirent *de;
	int r = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", pid);
	d = opendir(path);
	if (!d)
		return has_ended(errno) ? 0 : -errno;
	while (!r && (de = readdir(d))) {
		struct proc_fd fd = {
			.pid = pid, .dir = dirfd(d), .name = de->d_name, .target = target
		};
		ssize_t len = readlinkat(fd.dir, fd.name, target, sizeof(target) - 1);

		if (len <= 0)
			continue;	/* closed in the meantime, or "." */
		target[len] = 0;
		r = fn(&fd, userdata);
	}
	closedir(d);
	return r;
}

/*
 * A text that is too long, because of many locks, must not hide the use: then it counts as one that
 * writes.
 */
bool proc_fd_writes(const struct proc_fd *fd)
{
	char *text __cleanup(freep) = NULL;
	char *path __cleanup(freep) = str_printf("/proc/%" PRIu32 "/fdinfo/%s", fd->pid, fd->name);
	const char *flags;
	int r = path ? read_file(path, 65536, &text, NULL) : -ENOMEM;

	if (r < 0)
		return r != -ENOENT;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + 6, NULL, 8) & O_ACCMODE) != O_RDONLY;
}

/* START-END PERMISSIONS OFFSET MAJOR:MINOR INODE PATH */
bool proc_mapping_parse(const char *line, struct proc_mapping *ret)
{
	unsigned int major_id, minor_id;
	uint64_t start, end, ino;
	char perms[5];
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %x:%x %" SCNu64 " %n", &start, &end,
		   perms, &major_id, &minor_id, &ino, &path) != 6 ||
	    !path || strlen(perms) != 4)
		return false;
	*ret = (struct proc_mapping){
		.start = start,
		.end = end,
		.dev = makedev(major_id, minor_id),
		.ino = ino,
		.path = line + path,
		.shared = perms[3] == 's',
		.writable = perms[1] == 'w',
		.executable = perms[2] == 'x',
	};
	return true;
}

int proc_each_mapping(uint32_t pid, proc_mapping_fn fn, void *userdata)
{
	char *line = NULL, path[64];
	size_t size = 0;
	ssize_t len;
	int r = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/maps", pid);
	f = fopen(path, "re");
	if (!f)
		return has_ended(errno) ? 0 : -errno;
	while (!r && (errno = 0, len = getline(&line, &size, f)) >= 0) {
		struct proc_mapping m;

		if (len && line[len - 1] == '\n')
			line[len - 1] = 0;
		if (proc_mapping_parse(line, &m)) {
			m.pid = pid;
			r = fn(&m, userdata);
		}
	}
	if (!r && errno && !has_ended(errno))
		r = -errno;
	free(line);
	fclose(f);
	return r;
}
