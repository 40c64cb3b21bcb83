// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reboot/kernel_file.h"
#include "io.h"
#include "str.h"

#define KERNEL_PREFIX "vmlinuz-"

int kernelfile_newest(const char *boot, const char *fallback, char **ret)
{
	char *best __cleanup(freep) = NULL;
	DIR *d = opendir(boot);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		if (!str_after(de->d_name, KERNEL_PREFIX))
			continue;
		if (best && strverscmp(best, de->d_name) >= 0)
			continue;
		free(best);
		best = strdup(de->d_name);
	}
	if (d)
		closedir(d);
	if (best)
		*ret = str_printf("%s/%s", boot, best);
	else if (access(fallback, R_OK) == 0)
		*ret = strdup(fallback);
	else
		return -ENOENT;
	return *ret ? 0 : -ENOMEM;
}

int kernelfile_initrd(const char *kernel, char **ret)
{
	const char *slash = strrchr(kernel, '/');
	const char *release = slash ? str_after(slash + 1, KERNEL_PREFIX) : NULL;
	char *path;

	if (!release)
		return -ENOENT;
	path = str_printf("%.*s/initrd.img-%s", (int)(slash - kernel), kernel, release);
	if (!path)
		return -ENOMEM;
	if (access(path, F_OK) < 0) {
		free(path);
		return -ENOENT;
	}
	*ret = path;
	return 0;
}

static int open_plain(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
		fd_close(fd);
		return -EINVAL;
	}
	return fd;
}

int kernelfile_size(const char *path, uint64_t *ret)
{
	struct stat st;
	int fd = open_plain(path, &st);

	if (fd < 0)
		return fd;
	fd_close(fd);
	*ret = (uint64_t)st.st_size;
	return 0;
}

const char *kernelfile_read(const char *path, struct bzimage *ret, uint64_t *ret_bytes)
{
	const char *problem;
	struct stat st;
	int fd __cleanup(fd_closep) = open_plain(path, &st);
	uint8_t *buf __cleanup(freep) = malloc(BZIMAGE_HEAD);
	ssize_t n;

	if (fd < 0)
		return fd == -EINVAL ? "not a regular file" : strerror(-fd);
	if (!buf)
		return "no memory to read it";
	n = pread(fd, buf, BZIMAGE_HEAD, 0);
	if (n < 0)
		return strerror(errno);
	*ret_bytes = (uint64_t)st.st_size;
	problem = bzimage_parse(buf, (size_t)n, ret);
	/* kexec would load a truncated file, and the kexec would crash. */
	if (!problem && ret->file_size > *ret_bytes)
		problem = "the file is truncated: copy it again";
	return problem;
}
