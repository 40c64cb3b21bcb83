/* SPDX-License-Identifier: GPL-2.0-only */
/* Mapping and unmapping runs of order-0 pages: see memsmall.c. */
#ifndef _MM_PRAM_MEMSMALL_H
#define _MM_PRAM_MEMSMALL_H

#include <linux/mm_types.h>
#include <linux/mmzone.h>

/**
 * struct pram_tally - pending statistics updates for folios of one lruvec
 * @lruvec: the lruvec, its lock held and interrupts disabled; NULL if none is locked
 * @zone: zone of the folios
 * @mapped: number of pages mapped minus pages unmapped
 * @lru: per LRU list, number of pages added minus pages removed
 */
struct pram_tally {
	struct lruvec *lruvec;
	enum zone_type zone;
	long mapped;
	long lru[NR_LRU_LISTS];
};

void pram_tally_off_lru(struct pram_tally *t, struct folio *folio);
void pram_tally_unmap(struct pram_tally *t, struct folio *folio);
void pram_tally_end(struct pram_tally *t);
void pram_pages_map(struct vm_area_struct *vma, struct page *page, pmd_t *pmd,
		    unsigned long addr, unsigned int nr);

#endif /* _MM_PRAM_MEMSMALL_H */
