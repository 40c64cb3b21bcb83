/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pram: a function for each ioctl. All return a negative errno on failure. */
#ifndef PRAM_PRAMDEV_H
#define PRAM_PRAMDEV_H

#include <stddef.h>
#include <stdint.h>
#include <linux/pram.h>

#define PRAMDEV_PATH "/dev/pram"
#define PRAMDEV_SYSFS "/sys/kernel/pram"

/* Opens the device; the caller closes it. -ENOENT: the kernel has no PRAM. -ENODEV: PRAM is off. */
int pramdev_open(const char *path);

int pramdev_info(int dev, struct pram_info *ret);

/* Finds the node after @info->cursor, or the first one if that is 0. Returns 1, or 0 at the end. */
int pramdev_next(int dev, struct pram_node_info *info);

/*
 * Returns a descriptor of a new node (PRAM_NODE_*), which is freed on close() unless committed,
 * or of an existing one. The caller closes it.
 */
int pramdev_create(int dev, uint32_t type, const char *name);
int pramdev_open_node(int dev, const char *name);

int pramdev_commit(int node);

/*
 * Commits memory nodes, whose descriptors other processes have, at one moment: all of them, or none
 * on an error.
 */
int pramdev_commit_all(int dev, char *const *names, size_t n);

int pramdev_remove(int dev, const char *name);

/*
 * Moves the pages of file @fd into a node, and back into an empty file. @ret (or NULL) gets the
 * number of pages and how many of them were copied.
 */
int pramdev_add_file(int node, int fd, struct pram_file *ret);
int pramdev_load_file(int node, int fd, struct pram_file *ret);

/* Frees the pages of corrupt nodes and those that no node claimed. @ret_pages is their number. */
int pramdev_release(int dev, uint64_t *ret_pages);

/* Writes or reads a whole byte node. The caller frees @ret; at most @max bytes, see read_fd(). */
int pramdev_write_node(int dev, const char *name, const void *buf, size_t len);
int pramdev_read_node(int dev, const char *name, size_t max, char **ret, size_t *ret_len);

#endif /* PRAM_PRAMDEV_H */
