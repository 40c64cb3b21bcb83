/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /dev/pram is made of: the device (dev.c), the descriptors of nodes
 * (nodefd.c, savefd.c, loadfd.c), and files on their way into a node (file.c) and out of it
 * (fileput.c), folio by folio (folio.c), or about to go into one (hide.c).
 */
#ifndef _MM_PRAM_DEV_H
#define _MM_PRAM_DEV_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "internal.h"

struct folio;

/* dev.c */
int pram_arg_get(void *arg, size_t size, const void __user *uarg);
int pram_arg_put(void __user *uarg, const void *arg, size_t size);

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

/* folio.c */
void pram_folio_clean(struct folio *folio);
int pram_folio_hold(struct inode *inode, pgoff_t index, struct folio **ret);
void pram_folio_unhold(struct inode *inode, struct folio *folio, pgoff_t index);
int pram_folio_move(struct folio **foliop, gfp_t gfp);

/* mem.c */
int pram_mem_bind(struct file *file, const char *name);
bool pram_dev_is(const struct file *file);

/* file.c */
int pram_file_check(const struct file *file);
void pram_file_give_back(struct pram_handle *h, struct file *file);
void pram_file_commit(struct pram_handle *h, struct file *file);

/* hide.c */
int pram_file_hide(struct file *file);

#endif /* _MM_PRAM_DEV_H */
