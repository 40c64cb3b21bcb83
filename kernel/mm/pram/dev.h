/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What /dev/pram is made of: the device (dev.c), the descriptors of nodes
 * (nodefd.c), and files on their way into a node (file.c) and out of it
 * (fileput.c), folio by folio (folio.c).
 */
#ifndef _MM_PRAM_DEV_H
#define _MM_PRAM_DEV_H

#include <linux/fs.h>
#include <linux/types.h>

#include "internal.h"

struct folio;

/* dev.c */
int pram_arg_get(void *arg, size_t size, const void __user *uarg);
int pram_arg_put(void __user *uarg, const void *arg, size_t size);

/* nodefd.c */
int pram_nodefd_create(const char *name, u32 type);
int pram_nodefd_open(const char *name);

/* folio.c */
void pram_folio_clean(struct folio *folio);
int pram_folio_hold(struct inode *inode, pgoff_t index, struct folio **ret);
void pram_folio_unhold(struct inode *inode, struct folio *folio, pgoff_t index);
int pram_folio_move(struct folio **foliop, gfp_t gfp);

/* file.c */
int pram_file_check(const struct file *file);
void pram_file_give_back(struct pram_handle *h, struct file *file);
void pram_file_commit(struct pram_handle *h, struct file *file);

#endif /* _MM_PRAM_DEV_H */
