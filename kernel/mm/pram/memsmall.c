// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fast path that unmaps and maps runs of order-0 pages. rmap and LRU functions look up the
 * lruvec and update the statistics for each page; here it is done once per lruvec.
 *
 * Nobody else uses the pages: their reference counts are frozen, or the caller has the only
 * reference. Therefore their fields can be set without atomic operations.
 *
 * Lock order: see mem.h; page table lock, LRU lock.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pgalloc.h>
#include <linux/rmap.h>

#include "../internal.h"
#include "memsmall.h"

/* Flags of a process's page. PG_mlocked is accounted and stays until pram_folio_clean(). */
#define FLAGS_ANON	(BIT(PG_uptodate) | BIT(PG_swapbacked) | BIT(PG_dirty) | \
			 BIT(PG_anon_exclusive))
#define FLAGS_GONE	(PAGE_FLAGS_CHECK_AT_PREP & ~(BIT(PG_head) | BIT(PG_mlocked)))

static void pram_tally_flush(struct pram_tally *t)
{
	enum lru_list lru;

	for_each_lru(lru) {
		if (t->lru[lru])
			update_lru_size(t->lruvec, lru, t->zone, t->lru[lru]);
		t->lru[lru] = 0;
	}
	if (t->mapped)
		__mod_lruvec_state(t->lruvec, NR_ANON_MAPPED, t->mapped);
	t->mapped = 0;
}

/* Locks the lruvec of a folio, after unlocking the previous one if that is another. */
static void pram_tally_lock(struct pram_tally *t, struct folio *folio)
{
	if (t->lruvec && folio_zonenum(folio) == t->zone &&
	    folio_matches_lruvec(folio, t->lruvec))
		return;
	if (t->lruvec)
		pram_tally_flush(t);
	t->lruvec = folio_lruvec_relock_irq(folio, t->lruvec);
	t->zone = folio_zonenum(folio);
}

/**
 * pram_tally_end - update the statistics and unlock the lruvec
 * @t: the tally
 */
void pram_tally_end(struct pram_tally *t)
{
	if (!t->lruvec)
		return;
	pram_tally_flush(t);
	unlock_page_lruvec_irq(t->lruvec);
	t->lruvec = NULL;
}

static void pram_tally_del_lru(struct pram_tally *t, struct folio *folio)
{
	if (lru_gen_enabled()) {
		lruvec_del_folio(t->lruvec, folio);
	} else {
		enum lru_list lru = folio_lru_list(folio);

		if (lru != LRU_UNEVICTABLE)
			list_del(&folio->lru);
		t->lru[lru] -= folio_nr_pages(folio);
	}
	__folio_clear_lru_flags(folio);
}

/**
 * pram_tally_off_lru - remove a folio from its LRU list
 * @t: the tally; the lruvec stays locked until pram_tally_end()
 * @folio: folio with a frozen reference count
 *
 * Context: disables interrupts until pram_tally_end().
 */
void pram_tally_off_lru(struct pram_tally *t, struct folio *folio)
{
	if (!folio_test_lru(folio))
		return;
	pram_tally_lock(t, folio);
	pram_tally_del_lru(t, folio);
}

/**
 * pram_tally_unmap - remove an anonymous page from the rmap and the LRU
 * @t: the tally; the lruvec stays locked until pram_tally_end()
 * @folio: order-0 folio with a frozen reference count; its only page table entry has been
 *	cleared. Afterwards it is in the state of a new folio, with one reference.
 *
 * Context: disables interrupts until pram_tally_end().
 */
void pram_tally_unmap(struct pram_tally *t, struct folio *folio)
{
	pram_tally_lock(t, folio);
	if (folio_test_lru(folio))
		pram_tally_del_lru(t, folio);
	atomic_set(&folio->_mapcount, -1);
	t->mapped--;
	folio->mapping = NULL;
	folio->flags &= ~FLAGS_GONE;
	folio_ref_unfreeze(folio, 1);
}

static void pram_page_make_anon(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	struct anon_vma *anon_vma = (void *)vma->anon_vma + PAGE_MAPPING_ANON;

	page->flags |= FLAGS_ANON;
	WRITE_ONCE(page->mapping, (struct address_space *)anon_vma);
	page->index = linear_page_index(vma, addr);
	atomic_set(&page->_mapcount, 0);
}

static void pram_pages_add_lru(struct page *page, unsigned int nr)
{
	struct pram_tally t = { };
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct folio *folio = page_folio(page + i);

		pram_tally_lock(&t, folio);
		t.mapped++;
		folio_set_lru(folio);
		if (lru_gen_enabled()) {
			lruvec_add_folio(t.lruvec, folio);
			continue;
		}
		list_add(&folio->lru, &t.lruvec->lists[LRU_INACTIVE_ANON]);
		t.lru[LRU_INACTIVE_ANON]++;
	}
	pram_tally_end(&t);
}

/**
 * pram_pages_map - map a run of order-0 pages that nobody else uses
 * @vma: private anonymous VMA with an anon_vma, without VM_LOCKED
 * @page: first page. The pages are adjacent, not kept, charged and not on the LRU. The
 *	mapping takes over the only reference of each page.
 * @pmd: pmd entry of the page table
 * @addr: address of the first page
 * @nr: number of pages; all are in the same page table
 *
 * Context: mmap_lock held for writing. Takes the page table lock and LRU locks.
 */
void pram_pages_map(struct vm_area_struct *vma, struct page *page, pmd_t *pmd,
		    unsigned long addr, unsigned int nr)
{
	pte_t entry = mk_pte(page, vma->vm_page_prot), *ptep;
	struct mm_struct *mm = vma->vm_mm;
	spinlock_t *ptl;	/* page table lock */
	unsigned int i;

	for (i = 0; i < nr; i++)
		pram_page_make_anon(page + i, vma, addr + i * PAGE_SIZE);
	smp_wmb();	/* order contents and fields before the page table entries */
	entry = maybe_mkwrite(pte_mkdirty(pte_mkyoung(entry)), vma);
	ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);
	set_ptes(mm, addr, ptep, entry, nr);
	update_mmu_cache_range(NULL, vma, addr, ptep, nr);
	pte_unmap_unlock(ptep, ptl);
	add_mm_counter(mm, MM_ANONPAGES, nr);
	pram_pages_add_lru(page, nr);
}
