/* SPDX-License-Identifier: GPL-2.0-only */
/* Single folios of shmem files: detach them from the file, clean, move and put them back. */
#ifndef _MM_PRAM_FOLIO_H
#define _MM_PRAM_FOLIO_H

#include <linux/fs.h>
#include <linux/types.h>

struct folio;

void pram_folio_clean(struct folio *folio);
int pram_folio_hold(struct inode *inode, pgoff_t index, struct folio **ret);
void pram_folio_unhold(struct inode *inode, struct folio *folio, pgoff_t index);
int pram_folio_move(struct folio **foliop, gfp_t gfp);

#endif /* _MM_PRAM_FOLIO_H */
