// SPDX-License-Identifier: GPL-2.0-only
/*
 * Detaching the pages of one page table, all or none: the "detach" step of memtake.h.
 *
 * Lock order: see mem.h.
 */
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pgalloc.h>
#include <linux/rmap.h>

#include <asm/tlbflush.h>

#include "../internal.h"
#include "memsmall.h"
#include "memtake.h"

/*
 * Resets an anonymous folio that is unmapped and off the LRU, and whose reference count is
 * frozen. Afterwards the caller has the only reference.
 */
void pram_folio_strip(struct folio *folio)
{
	folio_unqueue_deferred_split(folio);
	if (folio_test_large(folio))
		mod_mthp_stat(folio_order(folio), MTHP_STAT_NR_ANON, -1);
	folio->mapping = NULL;
	folio_ref_unfreeze(folio, 1);
}

static int pram_table_freeze(struct pram_taking *t)
{
	int err = -EAGAIN;
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		struct pram_item *item = &t->item[i];
		struct folio *folio = item->folio;

		if (!folio || item->copy || folio_ref_freeze(folio, item->nr))
			continue;
		if (folio_maybe_dma_pinned(folio))
			err = pram_refuse_pinned(t);
		while (i--) {
			item = &t->item[i];
			if (item->folio && !item->copy)
				folio_ref_unfreeze(item->folio, item->nr);
		}
		return err;
	}
	return 0;
}

/*
 * Maps the first @nr items again. The entries of a large folio are derived from its first entry,
 * dirty and write-protected; a page fault makes them writable again.
 */
static void pram_table_restore(struct pram_taking *t, pte_t *ptep, unsigned long addr,
			       unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct pram_item *item = &t->item[i];
		pte_t pte = item->pte;

		if (item->nr > 1)
			pte = pte_wrprotect(pte_mkdirty(pte));
		set_ptes(t->vma->vm_mm, item->addr,
			 ptep + ((item->addr - addr) >> PAGE_SHIFT), pte, item->nr);
	}
}

static bool pram_item_clear(struct pram_taking *t, struct pram_item *item, pte_t *p)
{
	struct mm_struct *mm = t->vma->vm_mm;
	unsigned int i;

	for (i = 0; i < item->nr; i++) {
		pte_t pte = ptep_get(p + i);

		if (!pte_present(pte) || pte_pfn(pte) != pte_pfn(item->pte) + i)
			return false;
	}
	item->pte = ptep_get_and_clear(mm, item->addr, p);
	for (i = 1; i < item->nr; i++)
		ptep_get_and_clear(mm, item->addr + i * PAGE_SIZE, p + i);
	return true;
}

/*
 * Clears the entries of all items. Reclaim or migration may have changed an entry since
 * pram_table_look(); new entries cannot appear.
 *
 * Return: false if an entry has changed; all entries are restored then.
 */
static bool pram_table_clear(struct pram_taking *t, pte_t *ptep, unsigned long addr,
			     unsigned long end)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (!pram_item_clear(t, &t->item[i],
				     ptep + ((t->item[i].addr - addr) >> PAGE_SHIFT)))
			break;
	if (i < t->nr)
		pram_table_restore(t, ptep, addr, i);
	flush_tlb_range(t->vma, addr, end);
	return i == t->nr;
}

static void pram_table_unmap_plain(struct pram_taking *t)
{
	struct pram_tally tally = { };
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		pram_tally_unmap(&tally, t->item[i].folio);
	pram_tally_end(&tally);
	add_mm_counter(t->vma->vm_mm, MM_ANONPAGES, -(long)t->nr);
}

/* Is the item a large folio that is taken without a copy? */
static bool pram_item_is_large(const struct pram_item *item)
{
	return item->folio && !item->copy && !item->small;
}

static void pram_table_unmap(struct pram_taking *t)
{
	struct pram_tally tally = { };
	unsigned int i, j;
	long pages = 0;

	for (i = 0; i < t->nr; i++) {
		struct pram_item *item = &t->item[i];

		if (!item->folio)
			continue;
		pages += item->nr;
		if (item->small)
			continue;
		for (j = 0; j < item->nr && !item->copy; j++)
			ClearPageAnonExclusive(item->page + j);
		folio_remove_rmap_ptes(item->folio, item->page, item->nr, t->vma);
	}
	for (i = 0; i < t->nr; i++) {
		if (t->item[i].small)
			pram_tally_unmap(&tally, t->item[i].folio);
		else if (pram_item_is_large(&t->item[i]))
			pram_tally_off_lru(&tally, t->item[i].folio);
	}
	pram_tally_end(&tally);
	for (i = 0; i < t->nr; i++)
		if (pram_item_is_large(&t->item[i]))
			pram_folio_strip(t->item[i].folio);
	add_mm_counter(t->vma->vm_mm, MM_ANONPAGES, -pages);
}

/**
 * pram_table_detach - remove the items' pages from the page table, the rmap and the LRU
 * @t: VMA being taken; pram_table_look() and pram_table_ready() have succeeded
 * @pmd: pmd entry of the page table
 * @addr: address of the first byte
 * @end: address of the first byte after the range
 *
 * Context: mmap_lock held for writing. Takes the page table lock.
 * Return: 0, and each folio has one reference, owned by the caller; -EAGAIN if the table
 * has changed and must be looked at again; -EOPNOTSUPP if a page is pinned. On error all
 * pages are mapped as before.
 */
int pram_table_detach(struct pram_taking *t, pmd_t *pmd, unsigned long addr,
		      unsigned long end)
{
	spinlock_t *ptl;	/* page table lock */
	pte_t *ptep = pte_offset_map_lock(t->vma->vm_mm, pmd, addr, &ptl);
	int err = 0;

	if (!ptep)
		return -EAGAIN;
	if (!pram_table_clear(t, ptep, addr, end)) {
		err = -EAGAIN;
	} else {
		err = pram_table_freeze(t);
		if (err)
			pram_table_restore(t, ptep, addr, t->nr);
		else if (t->plain)
			pram_table_unmap_plain(t);
		else
			pram_table_unmap(t);
	}
	pte_unmap_unlock(ptep, ptl);
	return err;
}
