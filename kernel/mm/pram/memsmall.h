/* SPDX-License-Identifier: GPL-2.0-only */
/* Single pages by the run: see memsmall.c. */
#ifndef _MM_PRAM_MEMSMALL_H
#define _MM_PRAM_MEMSMALL_H

#include <linux/mm_types.h>
#include <linux/mmzone.h>

/**
 * struct pram_tally - what is to be told about folios of one list
 * @lruvec: the list's; its lock is held, interrupts are off; NULL: nothing yet
 * @zone: the folios'
 * @mapped: pages mapped, less those unmapped
 * @lru: pages put on each list, less those taken off
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
