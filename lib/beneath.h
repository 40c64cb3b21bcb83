/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files below a directory in which others may rename, replace and link while root works: the root of a
 * service's sandbox, with the service's own directories in it.
 *
 * @root is a descriptor of that directory, and @path is relative to it. Every call resolves the whole path
 * in the kernel, by openat2() with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS. Any component may be exchanged by
 * another process at any time: the call then finds the old file or the new one, or it fails. It follows no
 * symbolic link, the last component included, and does not leave @root. Mount points are crossed,
 * except by beneath_walk().
 *
 * A descriptor is returned, and all further work has to go by it: the same path may lead to another file
 * the next time. No call opens a FIFO or a device: the kind of file is checked on an O_PATH descriptor first.
 *
 * Errors: -ELOOP: a component is a symbolic link; -EXDEV: the path is absolute or leads out of @root;
 * -EMEDIUMTYPE: it is another kind of file; and what openat2(2) lists.
 */
#ifndef PRAM_BENEATH_H
#define PRAM_BENEATH_H

#include <stdint.h>
#include <sys/stat.h>

/* The root directory of a process, for @root. -EPERM: root must not walk there, see ns_problem(). */
int beneath_root(uint32_t pid);

/* O_PATH: to be looked at, not read; nothing happens to the file. A symbolic link is returned itself. */
int beneath_look(int root, const char *path);
int beneath_stat(int root, const char *path, struct stat *ret);

/* A directory, to be read; a regular file, opened with @flags and O_NONBLOCK. */
int beneath_open_dir(int root, const char *path);
int beneath_open_file(int root, const char *path, int flags);

/* Opens what beneath_look() has returned, with @flags. The caller has checked what kind of file it is. */
int beneath_reopen(int fd, int flags);

/*
 * The directory that @path is in, O_PATH, and the name in there: @ret_name points into @path. The second one
 * makes directories that are missing, mode 0755.
 */
int beneath_parent(int root, const char *path, const char **ret_name);
int beneath_make_parent(int root, const char *path, const char **ret_name);

/* A new regular file, mode 0600, in place of what is there, with directories as above. */
int beneath_create(int root, const char *path, int flags);

/* Good until the function that it is given to returns. */
struct beneath_entry {
	int dir;		/* that it is in, for unlinkat() and the like */
	const char *name;	/* in there */
	const char *path;	/* from @root */
	const struct stat *st;
};

/* What is not 0 ends the walk, and is its result. */
typedef int (*beneath_fn)(const struct beneath_entry *entry, void *userdata);

/*
 * Calls @fn for all that is below @path, or, if it is no directory, for itself. A directory follows its
 * contents. File systems that are mounted in there are not entered. What vanishes or cannot be read
 * is left out. -ENAMETOOLONG: directories are nested too deeply.
 */
#define BENEATH_DEPTH_MAX 128	/* each level takes a descriptor */
int beneath_walk(int root, const char *path, beneath_fn fn, void *userdata);

#endif /* PRAM_BENEATH_H */
