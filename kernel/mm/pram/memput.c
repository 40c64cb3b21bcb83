// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping a node's folios in a private anonymous VMA.
 *
 * Mapping cannot fail after the page tables have been allocated, because it is also used to
 * undo a dump.
 *
 * Lock order: see mem.h.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pgalloc.h>
#include <linux/rmap.h>
#include <linux/swap.h>

#include "../internal.h"
#include "mem.h"
#include "memsmall.h"

static pmd_t *pram_table_alloc(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d = p4d_alloc(mm, pgd, addr);
	pud_t *pud = p4d ? pud_alloc(mm, p4d, addr) : NULL;
	pmd_t *pmd = pud ? pmd_alloc(mm, pud, addr) : NULL;

	if (!pmd || pte_alloc(mm, pmd))
		return NULL;
	return pmd;
}

/**
 * pram_tables_alloc - allocate the page tables of a VMA
 * @vma: the VMA; it has no pages
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0, -ENOMEM.
 */
int pram_tables_alloc(struct vm_area_struct *vma)
{
	unsigned long addr;

	for (addr = vma->vm_start; addr < vma->vm_end;
	     addr = pmd_addr_end(addr, vma->vm_end)) {
		if (!pram_table_alloc(vma->vm_mm, addr))
			return -ENOMEM;
		cond_resched();
	}
	return 0;
}

/*
 * The page tables exist already: they were allocated by pram_tables_alloc() or belonged to the
 * pages that were taken. If one is missing nevertheless, wait for memory, because callers
 * cannot handle a failure.
 */
static pmd_t *pram_table_get(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd;

	while (!(pmd = pram_table_alloc(mm, addr)))
		schedule_timeout_uninterruptible(1);
	return pmd;
}

/* Return: false if the folio cannot be mapped by a pmd at this address. */
static bool pram_area_map_huge(struct vm_area_struct *vma, struct folio *folio,
			       unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	pgtable_t old;
	spinlock_t *ptl;	/* page table lock */
	pmd_t *pmd, entry;

	if (folio_order(folio) != HPAGE_PMD_ORDER || addr & ~HPAGE_PMD_MASK ||
	    addr + HPAGE_PMD_SIZE > vma->vm_end)
		return false;
	pmd = pram_table_get(mm, addr);
	entry = pmd_mkdirty(pmd_mkyoung(mk_huge_pmd(folio_page(folio, 0),
						    vma->vm_page_prot)));
	ptl = pmd_lock(mm, pmd);
	/* The table is empty, and nobody walks it: no rmap leads to it yet. */
	old = pmd_pgtable(*pmd);
	pmdp_collapse_flush(vma, addr, pmd);
	pgtable_trans_huge_deposit(mm, pmd, old);
	folio_add_new_anon_rmap(folio, vma, addr, RMAP_EXCLUSIVE);
	set_pmd_at(mm, addr, pmd, maybe_pmd_mkwrite(entry, vma));
	update_mmu_cache_pmd(vma, addr, pmd);
	add_mm_counter(mm, MM_ANONPAGES, HPAGE_PMD_NR);
	spin_unlock(ptl);
	return true;
}

static void pram_area_map_pages(struct vm_area_struct *vma, struct folio *folio,
				unsigned long addr)
{
	struct mm_struct *mm = vma->vm_mm;
	long i, nr = folio_nr_pages(folio);

	folio_ref_add(folio, nr - 1);
	for (i = 0; i < nr; ) {
		unsigned long at = addr + i * PAGE_SIZE;
		long part = min_t(long, nr - i,
				  (pmd_addr_end(at, vma->vm_end) - at) >> PAGE_SHIFT);
		pte_t entry = mk_pte(folio_page(folio, i), vma->vm_page_prot);
		pmd_t *pmd = pram_table_get(mm, at);
		spinlock_t *ptl;	/* page table lock */
		pte_t *ptep;

		entry = maybe_mkwrite(pte_mkdirty(pte_mkyoung(entry)), vma);
		ptep = pte_offset_map_lock(mm, pmd, at, &ptl);
		/* Under the page table lock: the statistics need preemption disabled. */
		if (!i)
			folio_add_new_anon_rmap(folio, vma, addr, RMAP_EXCLUSIVE);
		set_ptes(mm, at, ptep, entry, part);
		update_mmu_cache_range(NULL, vma, at, ptep, part);
		pte_unmap_unlock(ptep, ptl);
		i += part;
	}
	add_mm_counter(mm, MM_ANONPAGES, nr);
}

/* Sets the flags of a folio that holds a process's data. */
static void pram_folio_make_used(struct folio *folio)
{
	folio_mark_uptodate(folio);
	folio_set_swapbacked(folio);
	folio_set_dirty(folio);
	/* A page that is given back is still accounted; folio_add_lru_vma() accounts it again. */
	if (unlikely(folio_test_mlocked(folio))) {
		__folio_clear_mlocked(folio);
		zone_stat_mod_folio(folio, NR_MLOCK, -folio_nr_pages(folio));
	}
}

/**
 * pram_folio_map - map a folio that nobody else uses
 * @vma: private anonymous VMA with an anon_vma
 * @folio: folio that is not kept, is charged and is not on the LRU; the mapping takes over
 *	its only reference
 * @addr: address of its first page; the whole folio fits into @vma
 *
 * Cannot fail.
 *
 * Context: mmap_lock held for writing. May sleep.
 */
void pram_folio_map(struct vm_area_struct *vma, struct folio *folio,
		    unsigned long addr)
{
	pram_folio_make_used(folio);
	if (!pram_area_map_huge(vma, folio, addr)) {
		if (WARN_ON_ONCE(folio_test_pmd_mappable(folio))) {
			folio_put(folio);
			return;
		}
		pram_area_map_pages(vma, folio, addr);
	}
	folio_add_lru_vma(folio, vma);
}

/* Maps a run of order-0 pages, one page table at a time. */
static void pram_area_map_small(struct vm_area_struct *vma, u64 pfn, unsigned int nr,
				unsigned long addr)
{
	while (nr) {
		unsigned int part = min_t(unsigned long, nr,
					  (pmd_addr_end(addr, vma->vm_end) - addr) >>
					  PAGE_SHIFT);

		pram_pages_map(vma, pfn_to_page(pfn), pram_table_get(vma->vm_mm, addr), addr, part);
		pfn += part;
		addr += part * PAGE_SIZE;
		nr -= part;
		cond_resched();
	}
}

static void pram_area_map_extent(struct vm_area_struct *vma, struct pram_handle *h,
				 const struct pram_extent *ext, unsigned long addr)
{
	unsigned int i;

	/* The fast path does not support VM_LOCKED: mlock accounting is per page. */
	if (!ext->order && !(vma->vm_flags & VM_LOCKED)) {
		pram_area_map_small(vma, ext->pfn, ext->nr, addr);
		return;
	}
	for (i = 0; i < ext->nr; i++) {
		u64 skip = (u64)i << ext->order;
		struct folio *folio = pram_folio(h, ext->pfn + skip, ext->order);

		pram_folio_map(vma, folio, addr + (skip << PAGE_SHIFT));
		cond_resched();
	}
}

/**
 * pram_area_map - move the pages of a part of a node into a VMA
 * @vma: private anonymous VMA with an anon_vma and without pages
 * @h: the node; it has holes there afterwards
 * @cur: cursor at or before @pos; advanced to the end of the part
 * @pos: position of the VMA's first page in the stream, in pages
 * @pages: length of the part, in pages
 *
 * The pages are not kept any more. Cannot fail.
 *
 * Context: mmap_lock held for writing. May sleep. Takes pram_mutex and pram_map_mutex.
 */
void pram_area_map(struct vm_area_struct *vma, struct pram_handle *h,
		   struct pram_cursor *cur, u64 pos, u64 pages)
{
	struct pram_cursor before = *cur;
	struct pram_extent ext;

	for (; pram_cursor_next(cur, &ext); before = *cur) {
		if (ext.flags & PRAM_ENTRY_RECORDS || ext.pos >= pos + pages) {
			*cur = before;
			break;
		}
		if (ext.pos < pos)
			continue;
		pram_cursor_take(cur, &ext);
		pram_area_map_extent(vma, h, &ext, vma->vm_start + ((ext.pos - pos) << PAGE_SHIFT));
	}
}
