// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "str.h"

int fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
	return -1;
}

void fd_closep(int *fd)
{
	*fd = fd_close(*fd);
}

int write_full(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int read_fd(int fd, size_t max, char **ret, size_t *ret_len)
{
	size_t len = 0, cap = 0;
	char *buf = NULL, *p;
	ssize_t n;
	int r;

	for (;;) {
		if (len == cap) {
			cap = cap ? cap * 2 : 4096;
			p = realloc(buf, cap + 1);
			if (!p) {
				r = -ENOMEM;
				goto err_free;
			}
			buf = p;
		}
		n = read(fd, buf + len, cap - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			r = -errno;
			goto err_free;
		}
		if (!n)
			break;
		len += (size_t)n;
		if (len > max) {
			r = -EFBIG;
			goto err_free;
		}
	}
	buf[len] = 0;
	*ret = buf;
	if (ret_len)
		*ret_len = len;
	return 0;

err_free:
	free(buf);
	return r;
}

int read_file_at(int dir, const char *path, size_t max, char **ret, size_t *ret_len)
{
	int fd __cleanup(fd_closep) = openat(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return read_fd(fd, max, ret, ret_len);
}

int read_file(const char *path, size_t max, char **ret, size_t *ret_len)
{
	return read_file_at(AT_FDCWD, path, max, ret, ret_len);
}

int read_line(const char *path, char **ret)
{
	char *s __cleanup(freep) = NULL;
	char *line;
	int r = read_file(path, 64 * 1024, &s, NULL);

	if (r < 0)
		return r;
	s[strcspn(s, "\n")] = 0;
	line = strdup(str_trim(s));
	if (!line)
		return -ENOMEM;
	*ret = line;
	return 0;
}

int read_line_u64(const char *path, int base, uint64_t *ret)
{
	char *s __cleanup(freep) = NULL;
	int r = read_line(path, &s);

	return r < 0 ? r : str_u64(s, base, ret);
}

static int copy_owner(int fd, const struct stat *like)
{
	if (fchown(fd, like->st_uid, like->st_gid) < 0 || fchmod(fd, like->st_mode & 07777) < 0)
		return -errno;
	return 0;
}

int replace_file_at(int dir, const char *path, const struct stat *like, const void *buf, size_t len)
{
	char *tmp __cleanup(freep) = str_printf("%s.new", path);
	int fd, r;

	if (!tmp)
		return -ENOMEM;
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = write_full(fd, buf, len);
	if (!r && like)
		r = copy_owner(fd, like);
	fd_close(fd);
	if (!r && renameat(dir, tmp, dir, path) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir, tmp, 0);
	return r;
}

int write_file_atomic(const char *path, const void *buf, size_t len)
{
	return replace_file_at(AT_FDCWD, path, NULL, buf, len);
}

int mkdir_parents(const char *path)
{
	char *s __cleanup(freep) = strdup(path);
	char *p;

	if (!s)
		return -ENOMEM;
	for (p = s + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		if (mkdir(s, 0755) < 0 && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(s, 0700) < 0 && errno != EEXIST)
		return -errno;
	return 0;
}

int make_empty_file(const char *dir, const char *path, int flags)
{
	int r = mkdir_parents(dir);
	int fd = r < 0 ? r : open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	if (fd < 0)
		return r < 0 ? r : -errno;
	fd_close(fd);
	return 0;
}

int rmdir_flat(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	if (!d)
		return -errno;
	while ((de = readdir(d))) {
		if (str_eq(de->d_name, ".") || str_eq(de->d_name, ".."))
			continue;
		if (unlinkat(dirfd(d), de->d_name, 0) < 0)
			break;
	}
	closedir(d);
	return rmdir(dir) < 0 ? -errno : 0;
}

uint64_t now_usec(int clock)
{
	struct timespec ts = {};

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * USEC_PER_SEC + (uint64_t)ts.tv_nsec / 1000;
}
