/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors and small files. Everything returns a negative errno. */
#ifndef PRAM_IO_H
#define PRAM_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "macro.h"

struct stat;

/* Closes unless negative, keeps errno; returns -1 for the variable. */
int fd_close(int fd);
void fd_closep(int *fd);

int write_full(int fd, const void *buf, size_t len);

/*
 * The whole file, at most @max bytes (-EFBIG), with a nul behind it that is
 * not counted in @ret_len. Works for /proc and /sys, where st_size says
 * nothing. @ret_len may be NULL.
 */
int read_fd(int fd, size_t max, char **ret, size_t *ret_len);
int read_file(const char *path, size_t max, char **ret, size_t *ret_len);
int read_file_at(int dir, const char *path, size_t max, char **ret, size_t *ret_len);

/* One line of such a file, trimmed. */
int read_line(const char *path, char **ret);
int read_line_u64(const char *path, int base, uint64_t *ret);

/* Replaces @path in one step, mode 0600. */
int write_file_atomic(const char *path, const void *buf, size_t len);

/* The same of @path below @dir, with owner and mode of @like; NULL: mode 0600. */
int replace_file_at(int dir, const char *path, const struct stat *like, const void *buf,
		    size_t len);

/* mkdir -p, mode 0700. */
int mkdir_parents(const char *path);

/* Removes the plain files in @dir and then, if that empties it, @dir. */
int rmdir_flat(const char *dir);

uint64_t now_usec(int clock);

#endif /* PRAM_IO_H */
