/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pram: one thin call for each ioctl; all return a negative errno. */
#ifndef PRAM_PRAMDEV_H
#define PRAM_PRAMDEV_H

#include <stdint.h>
#include <linux/pram.h>

#define PRAMDEV_PATH "/dev/pram"
#define PRAMDEV_SYSFS "/sys/kernel/pram"

/* A descriptor of the device; -ENOENT without PRAM in the kernel, -ENODEV where it is off. */
int pramdev_open(const char *path);

int pramdev_info(int dev, struct pram_info *ret);

/* The node after @info->cursor (0: the first): 1 if there is one, 0 at the end. */
int pramdev_next(int dev, struct pram_node_info *info);

/* Descriptors of a node under construction, and of one to load. */
int pramdev_create(int dev, uint32_t type, const char *name);
int pramdev_open_node(int dev, const char *name);

int pramdev_commit(int node);
int pramdev_remove(int dev, const char *name);

/* In and out in one: pages moved, and those of them copied. NULL: not wanted. */
int pramdev_add_file(int node, int fd, struct pram_file *ret);
int pramdev_load_file(int node, int fd, struct pram_file *ret);

int pramdev_release(int dev, uint64_t *ret_pages);

/* A byte node in one go. Reading: at most @max bytes, see read_fd(). */
int pramdev_write_node(int dev, const char *name, const void *buf, size_t len);
int pramdev_read_node(int dev, const char *name, size_t max, char **ret, size_t *ret_len);

#endif /* PRAM_PRAMDEV_H */
