/* SPDX-License-Identifier: GPL-2.0-only */
/* Opens a unit's files, as its processes see them. */
#ifndef PRAM_CHECKPOINT_KEPT_PATH_H
#define PRAM_CHECKPOINT_KEPT_PATH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* The root that a process sees. -EPERM: root must not walk there, see ns_problem(). */
int kept_root(uint32_t pid);

/*
 * Opens @path below @root, with no symbolic link on the way: what is in there is not ours. With
 * O_CREAT it is made anew, and so are directories that are missing.
 */
int kept_open(int root, const char *path, int flags);

/* The directory that @path is in, and the name in there: @ret_name points into @path. */
int kept_parent(int root, const char *path, bool make, const char **ret_name);

/* The tmpfs file that process @pid has mapped at exactly these addresses. -EINVAL: it is no such file. */
int kept_open_mapping(uint32_t pid, uint64_t start, uint64_t end, struct stat *st);

#endif /* PRAM_CHECKPOINT_KEPT_PATH_H */
