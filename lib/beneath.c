// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "beneath.h"
#include "io.h"
#include "namespaces.h"
#include "str.h"

static int open_beneath(int dir, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = (uint64_t)(uint32_t)flags | O_CLOEXEC,
		.mode = flags & O_CREAT ? 0600 : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | resolve,
	};
	int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int beneath_root(uint32_t pid)
{
	int process __cleanup(fd_closep) = ns_process(pid);
	int fd;

	if (process < 0)
		return process;
	fd = openat(process, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Check after the open, see ns_allowed(). */
	if (!ns_allowed(process)) {
		fd_close(fd);
		return -EPERM;
	}
	return fd;
}

int beneath_look(int root, const char *path)
{
	return open_beneath(root, path, O_PATH | O_NOFOLLOW, 0);
}

int beneath_stat(int root, const char *path, struct stat *ret)
{
	int fd __cleanup(fd_closep) = beneath_look(root, path);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

int beneath_open_dir(int root, const char *path)
{
	return open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
}

int beneath_reopen(int fd, int flags)
{
	char path[32];
	int r;

	/* This path leads to the file itself, even if it was renamed. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = open(path, flags | O_NOCTTY | O_CLOEXEC);
	return r < 0 ? -errno : r;
}

int beneath_open_file(int root, const char *path, int flags)
{
	int fd __cleanup(fd_closep) = beneath_look(root, path);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISLNK(st.st_mode) ? -ELOOP : -EMEDIUMTYPE;
	/* Without O_NONBLOCK the open would wait while another process holds a lease. */
	return beneath_reopen(fd, flags | O_NONBLOCK);
}

/* --- parent directories ------------------------------------------------------------------- */

int beneath_parent(int root, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char *dir __cleanup(freep) = slash ? strndup(path, (size_t)(slash - path)) : strdup(".");

	if (!dir)
		return -ENOMEM;
	*ret_name = slash ? slash + 1 : path;
	return open_beneath(root, dir, O_PATH | O_DIRECTORY, 0);
}

/*
 * Creates the directories of @path. Each lookup starts at @root again. If another process exchanges
 * a directory for a symbolic link, the lookup fails.
 */
static int make_dirs(int root, const char *path)
{
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *part __cleanup(freep) = strndup(path, (size_t)(slash - path));
		const char *name;
		int dir __cleanup(fd_closep) = part ? beneath_parent(root, part, &name) : -ENOMEM;

		if (dir < 0)
			return dir;
		if (mkdirat(dir, name, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

int beneath_make_parent(int root, const char *path, const char **ret_name)
{
	int dir = beneath_parent(root, path, ret_name);
	int r;

	if (dir != -ENOENT)
		return dir;
	r = make_dirs(root, path);
	return r < 0 ? r : beneath_parent(root, path, ret_name);
}

int beneath_clear_name(int root, const char *path, const char **ret_name)
{
	int dir = beneath_make_parent(root, path, ret_name);

	if (dir >= 0 && unlinkat(dir, *ret_name, 0) < 0 && errno != ENOENT) {
		int r = -errno;

		fd_close(dir);
		return r;
	}
	return dir;
}

int beneath_create(int root, const char *path, int flags)
{
	const char *name;
	/*
	 * Create a new inode, so that a process with the old file open cannot read the new
	 * contents.
	 */
	int dir __cleanup(fd_closep) = beneath_clear_name(root, path, &name);

	if (dir < 0)
		return dir;
	return open_beneath(dir, name, flags | O_CREAT | O_EXCL, 0);
}

/* --- walking ------------------------------------------------------------------------------ */

struct walk {
	beneath_fn fn;
	void *userdata;
	unsigned int depth;
	char path[PATH_MAX];
};

static int walk_dir(struct walk *w, int fd);

/*
 * True for errors that the walk ignores: the entry has vanished or changed, or must not be entered.
 */
static bool is_left_out(int r)
{
	return r == -ENOENT || r == -ELOOP || r == -ENOTDIR || r == -EXDEV || r == -EACCES;
}

/*
 * Like fstatat(), which would enter other file systems. On a FUSE one that waits for a process of
 * the service.
 */
static int look_at(int dir, const char *name, struct stat *ret)
{
	int fd __cleanup(fd_closep) = open_beneath(dir, name, O_PATH | O_NOFOLLOW, RESOLVE_NO_XDEV);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

static int visit(struct walk *w, int dir, const char *name)
{
	struct beneath_entry entry = { .dir = dir, .name = name, .path = w->path };
	struct stat st;
	int r = look_at(dir, name, &st);

	if (r < 0)
		return is_left_out(r) ? 0 : r;
	if (S_ISDIR(st.st_mode)) {
		int fd = open_beneath(dir, name, O_RDONLY | O_DIRECTORY, RESOLVE_NO_XDEV);

		if (fd >= 0)
			r = walk_dir(w, fd);
		else if (!is_left_out(fd))
			r = fd;
	}
	entry.st = &st;
	return r ? r : w->fn(&entry, w->userdata);
}

/* Takes @fd over. */
static int walk_dir(struct walk *w, int fd)
{
	DIR *d = w->depth < BENEATH_DEPTH_MAX ? fdopendir(fd) : NULL;
	size_t len = strlen(w->path);
	struct dirent *de;
	int r = 0;

	if (!d) {
		fd_close(fd);
		return w->depth < BENEATH_DEPTH_MAX ? -ENOMEM : -ENAMETOOLONG;
	}
	w->depth++;
	while (!r && (de = readdir(d))) {
		if (str_eq(de->d_name, ".") || str_eq(de->d_name, ".."))
			continue;
		if (snprintf(w->path + len, sizeof(w->path) - len, "/%s", de->d_name) >=
		    (int)(sizeof(w->path) - len))
			r = -ENAMETOOLONG;
		else
			r = visit(w, dirfd(d), de->d_name);
	}
	w->depth--;
	w->path[len] = 0;
	closedir(d);
	return r;
}

static int walk_file(struct walk *w, int root)
{
	const char *name;
	int dir __cleanup(fd_closep) = beneath_parent(root, w->path, &name);

	if (dir < 0)
		return is_left_out(dir) ? 0 : dir;
	return visit(w, dir, name);
}

int beneath_walk(int root, const char *path, beneath_fn fn, void *userdata)
{
	struct walk w = { .fn = fn, .userdata = userdata };
	int fd;

	if (snprintf(w.path, sizeof(w.path), "%s", path) >= (int)sizeof(w.path))
		return -ENAMETOOLONG;
	fd = beneath_open_dir(root, path);
	if (fd >= 0)
		return walk_dir(&w, fd);
	if (fd == -ENOTDIR || fd == -ELOOP)
		return walk_file(&w, root);
	return is_left_out(fd) ? 0 : fd;
}
