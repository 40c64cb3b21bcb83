/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tmpfs files: moving them into a node (file.c) and out of it (fileput.c), and excluding
 * their contents from a dump (hide.c).
 */
#ifndef _MM_PRAM_FILE_H
#define _MM_PRAM_FILE_H

#include <linux/fs.h>

#include "internal.h"

/* file.c */
int pram_file_check(const struct file *file);
void pram_file_give_back(struct pram_handle *h, struct file *file);
void pram_file_commit(struct pram_handle *h, struct file *file);

/* hide.c */
int pram_file_hide(struct file *file);

#endif /* _MM_PRAM_FILE_H */
