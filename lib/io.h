/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptors, small files and directories. Functions that return int return 0 (or a descriptor)
 * on success and a negative errno on failure, unless said otherwise.
 */
#ifndef PRAM_IO_H
#define PRAM_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "macro.h"

struct stat;

/* Closes @fd unless it is negative. Keeps errno. Returns -1, to be assigned to the variable. */
int fd_close(int fd);
/* fd_close() for __cleanup(). */
void fd_closep(int *fd);

/* Writes all @len bytes, however many calls that takes. */
int write_full(int fd, const void *buf, size_t len);

/*
 * Reads a whole file of at most @max bytes, otherwise -EFBIG. @ret is a new buffer, which the
 * caller frees, with a nul after the contents; @ret_len (or NULL) does not count that nul. Works
 * in /proc and /sys too, where st_size is 0.
 */
int read_fd(int fd, size_t max, char **ret, size_t *ret_len);
int read_file(const char *path, size_t max, char **ret, size_t *ret_len);
int read_file_at(int dir, const char *path, size_t max, char **ret, size_t *ret_len);

/* Reads the first line of a file, without white space at either end. The caller frees it. */
int read_line(const char *path, char **ret);
/* The same as a number, see str_u64(). */
int read_line_u64(const char *path, int base, uint64_t *ret);

/* Replaces @path by rename(). The new file has mode 0600. */
int write_file_atomic(const char *path, const void *buf, size_t len);

/*
 * The same for @path below @dir. The new file gets owner and mode of @like, or mode 0600 if @like
 * is NULL.
 */
int replace_file_at(int dir, const char *path, const struct stat *like, const void *buf,
		    size_t len);

/* Creates a directory with its parents. The directory gets mode 0700, its parents 0755. */
int mkdir_parents(const char *path);

/*
 * Creates the empty file @path with mode 0600 if it does not exist, and its directory @dir as
 * above. @flags: 0, or O_EXCL: -EEXIST if it exists.
 */
int make_empty_file(const char *dir, const char *path, int flags);

/* Removes the files in @dir, and @dir itself if it is then empty. */
int rmdir_flat(const char *dir);

/* The time of @clock (CLOCK_*) in microseconds. */
uint64_t now_usec(int clock);

#endif /* PRAM_IO_H */
