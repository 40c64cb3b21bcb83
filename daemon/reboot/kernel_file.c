// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reboot/kernel_file.h"
#include "io.h"
#include "str.h"

#define KERNEL_PREFIX "vmlinuz-"

/* A package that was not installed to the end, or the kernel that installkernel(8) has replaced. */
static bool is_left_over(const char *name)
{
	size_t len = strlen(name);

	return strstr(name, ".dpkg-") || (len > 4 && str_eq(name + len - 4, ".old"));
}

int kernelfile_newest(const char *boot, const char *fallback, char **ret)
{
	char *best __cleanup(freep) = NULL;
	DIR *d = opendir(boot);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		if (!str_after(de->d_name, KERNEL_PREFIX) || is_left_over(de->d_name))
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
		*ret = realpath(fallback, NULL);	/* The initrd is beside the file itself. */
	else
		return -ENOENT;
	return *ret ? 0 : -ENOMEM;
}

const char *kernelfile_name_release(const char *kernel)
{
	const char *slash = strrchr(kernel, '/');

	return slash ? str_after(slash + 1, KERNEL_PREFIX) : NULL;
}

/* Debian's name, Fedora's and Arch's, SUSE's. */
static char *initrd_name(const char *kernel, const char *release, unsigned int which)
{
	int dir = (int)(strrchr(kernel, '/') - kernel);

	switch (which) {
	case 0:
		return str_printf("%.*s/initrd.img-%s", dir, kernel, release);
	case 1:
		return str_printf("%.*s/initramfs-%s.img", dir, kernel, release);
	default:
		return str_printf("%.*s/initrd-%s", dir, kernel, release);
	}
}

int kernelfile_initrd(const char *kernel, char **ret)
{
	const char *release = kernelfile_name_release(kernel);

	if (!release)
		return -ENOENT;
	for (unsigned int i = 0; i < 3; i++) {
		char *path = initrd_name(kernel, release, i);

		if (!path)
			return -ENOMEM;
		if (access(path, F_OK) == 0) {
			*ret = path;
			return 0;
		}
		free(path);
	}
	return -ENOENT;
}

int kernelfile_open(const char *path, uint64_t *ret_bytes)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		fd_close(fd);
		return -EINVAL;
	}
	*ret_bytes = (uint64_t)st.st_size;
	return fd;
}

const char *kernelfile_read(const char *path, struct bzimage *ret, uint64_t *ret_bytes)
{
	const char *problem;
	int fd __cleanup(fd_closep) = kernelfile_open(path, ret_bytes);
	uint8_t *buf __cleanup(freep) = malloc(BZIMAGE_HEAD);
	ssize_t n;

	if (fd < 0)
		return fd == -EINVAL ? "not a regular file" : strerror(-fd);
	if (!buf)
		return "no memory to read it";
	n = pread(fd, buf, BZIMAGE_HEAD, 0);
	if (n < 0)
		return strerror(errno);
	problem = bzimage_parse(buf, (size_t)n, ret);
	/* kexec would load a truncated file, and the kexec would crash. */
	if (!problem && (ret->file_size > *ret_bytes || ret->signature_end > *ret_bytes))
		problem = "the file is truncated: is the file system full? Copy it again";
	return problem;
}
