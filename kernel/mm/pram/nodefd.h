/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors of nodes: what all have (nodefd.c), under construction (savefd.c), open for loading (loadfd.c). */
#ifndef _MM_PRAM_NODEFD_H
#define _MM_PRAM_NODEFD_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "internal.h"

struct pram_mem;

/**
 * struct pram_nodefd - what is behind a descriptor
 * @lock: one call at a time
 * @h: the node, NULL when done
 * @ps: saving: its stream
 * @file: saving: the file taken
 * @cur: loading: cursor of sequential reads
 * @ext: loading: what @cur gave last; @ext.nr is 0 before it has been asked
 * @mem: of a memory node that is armed, referenced; @h is NULL then
 */
struct pram_nodefd {
	struct mutex lock;	/* all below */
	struct pram_handle *h;
	struct pram_stream ps;
	struct file *file;
	struct pram_cursor cur;
	struct pram_extent ext;
	struct pram_mem *mem;
};

/* nodefd.c */
struct pram_nodefd *pram_nodefd_new(void);
void pram_nodefd_free(struct pram_nodefd *nfd);
int pram_nodefd_install(struct pram_nodefd *nfd,
			const struct file_operations *fops, int flags,
			fmode_t mode);
int pram_nodefd_lock(struct pram_nodefd *nfd, u32 type);
int pram_nodefd_file(struct pram_file *arg, void __user *uarg, struct file **ret);

/* savefd.c, loadfd.c */
int pram_nodefd_create(const char *name, u32 type);
int pram_nodefd_open(const char *name);

#endif /* _MM_PRAM_NODEFD_H */
