/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access by root to files in a directory where others may rename, replace and link files at the
 * same time: the root of a service's sandbox, which contains the service's own directories.
 *
 * @root is a descriptor of that directory, and @path is relative to it. Every call has the kernel
 * resolve the whole path, by openat2() with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS. Another
 * process may exchange any component at any time. Then the call finds the old file or the new one,
 * or it fails. It never follows a symbolic link, not even as the last component, and never leaves
 * @root. Mount points are crossed, except by beneath_walk().
 *
 * Calls return descriptors. Use the descriptor for all further work, since the same path may lead
 * to another file the next time. No call opens a FIFO or a device: the kind of the file is first
 * checked on an O_PATH descriptor.
 *
 * Errors are those of openat2(2), and -EMEDIUMTYPE: the file is of another kind. -ELOOP: a
 * component is a symbolic link. -EXDEV: the path is absolute or leads out of @root.
 */
#ifndef PRAM_BENEATH_H
#define PRAM_BENEATH_H

#include <stdint.h>
#include <sys/stat.h>

/*
 * Opens the root directory of a process, for use as @root. -EPERM: not allowed, see ns_problem().
 */
int beneath_root(uint32_t pid);

/*
 * Opens the file with O_PATH, which has no effect on it, or returns its status. If the last
 * component is a symbolic link, the result is the link itself.
 */
int beneath_look(int root, const char *path);
int beneath_stat(int root, const char *path, struct stat *ret);

/* Opens a directory for reading, or a regular file with @flags and O_NONBLOCK. */
int beneath_open_dir(int root, const char *path);
int beneath_open_file(int root, const char *path, int flags);

/*
 * Opens what beneath_look() has returned, with @flags. The caller has checked what kind of file it
 * is.
 */
int beneath_reopen(int fd, int flags);

/*
 * Opens the directory that contains @path with O_PATH. @ret_name is the last component of @path and
 * points into it. beneath_make_parent() creates missing directories with mode 0755.
 */
int beneath_parent(int root, const char *path, const char **ret_name);
int beneath_make_parent(int root, const char *path, const char **ret_name);

/* The same, and removes what has that name. */
int beneath_clear_name(int root, const char *path, const char **ret_name);

/*
 * Creates a regular file with mode 0600, and missing directories as above. An existing file is
 * unlinked first.
 */
int beneath_create(int root, const char *path, int flags);

/* Valid until the callback returns. */
struct beneath_entry {
	int dir;		/* directory of the entry, for unlinkat() and the like */
	const char *name;	/* in @dir */
	const char *path;	/* relative to @root */
	const struct stat *st;
};

/* A result other than 0 ends the walk and becomes its result. */
typedef int (*beneath_fn)(const struct beneath_entry *entry, void *userdata);

/*
 * Calls @fn for every entry below @path, or for @path itself if it is not a directory. The contents
 * of a directory come before the directory. The walk does not enter other file systems, and skips
 * entries that vanish or cannot be read. -ENAMETOOLONG: directories are nested too deeply.
 */
#define BENEATH_DEPTH_MAX 128	/* each level needs a descriptor */
int beneath_walk(int root, const char *path, beneath_fn fn, void *userdata);

#endif /* PRAM_BENEATH_H */
