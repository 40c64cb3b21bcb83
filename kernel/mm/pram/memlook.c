// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page table maps, and how it can be had: see memtake.h.
 *
 * A folio is taken as it is if this mapping is all that refers to it, whether the
 * page tables say "exclusive" or not: after a fork whose child has gone they do
 * not. What others share is copied. What is pinned for DMA refuses the VMA: a
 * device would write to the old place.
 *
 * Lock order: see mem.h.
 */
#include <linux/hugetlb.h>
#include <linux/ksm.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include "../internal.h"
#include "memtake.h"

/* @held: references of our own */
static bool pram_folio_is_unshared(const struct folio *folio, unsigned int nr, unsigned int held)
{
	return folio_mapcount(folio) == nr && folio_ref_count(folio) == nr + held;
}

static bool pram_item_must_copy(const struct pram_taking *t, const struct pram_item *item)
{
	const struct folio *folio = item->folio;

	return folio_test_ksm(folio) || folio_mapcount(folio) != item->nr ||
	       folio_nr_pages(folio) != item->nr || folio_test_swapcache(folio) ||
	       (t->copy && !pram_folio_is_unshared(folio, item->nr, item->held));
}

/* must_copy() is false, and there is nothing special about it */
static bool pram_item_is_small(const struct pram_taking *t, const struct pram_item *item)
{
	return item->folio && !folio_test_large(item->folio) && !pram_item_must_copy(t, item);
}

/* Is the folio mapped here from its first page to its last, and to be had? */
static bool pram_folio_is_whole(struct pram_taking *t, struct folio *folio, struct page *page,
				unsigned long addr, unsigned long end, pte_t *ptep, pte_t pte)
{
	unsigned int nr = folio_nr_pages(folio);

	return page == folio_page(folio, 0) && nr < HPAGE_PMD_NR &&
	       end - addr >= nr * PAGE_SIZE &&
	       folio_pte_batch(folio, addr, ptep, pte, nr,
			       FPB_IGNORE_DIRTY | FPB_IGNORE_SOFT_DIRTY, NULL, NULL,
			       NULL) == nr &&
	       (!t->copy || pram_folio_is_unshared(folio, nr, 0));
}

/**
 * pram_table_look - note what a page table maps
 * @t: VMA being taken; its items are filled in
 * @pmd: the table's
 * @addr: first byte
 * @end: first byte after the last
 *
 * Return: 0; -EAGAIN: once more; -EFAULT if a page is swapped out; -EOPNOTSUPP if the
 * VMA cannot be taken.
 */
int pram_table_look(struct pram_taking *t, pmd_t *pmd, unsigned long addr,
		    unsigned long end)
{
	struct mm_struct *mm = t->vma->vm_mm;
	struct folio *split = NULL;
	pte_t *start, *ptep;
	spinlock_t *ptl;	/* the table's */
	int err = 0;

	t->nr = 0;
	t->plain = true;
	start = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!start)
		return -EAGAIN;
	for (ptep = start; addr < end; ) {
		struct pram_item *item = &t->item[t->nr];
		pte_t pte = ptep_get(ptep);
		struct page *page;

		*item = (struct pram_item){ .addr = addr, .pte = pte, .nr = 1 };
		if (!pte_none(pte) && !pte_present(pte)) {
			swp_entry_t entry = pte_to_swp_entry(pte);

			if (is_migration_entry(entry)) {
				pte_unmap_unlock(start, ptl);
				migration_entry_wait(mm, pmd, addr);
				return -EAGAIN;
			}
			err = non_swap_entry(entry) ? pram_refuse(t, PRAM_LEFT_POISON) :
						      -EFAULT;
			break;
		}
		page = pte_none(pte) ? NULL : vm_normal_page(t->vma, addr, pte);
		if (page) {
			struct folio *folio = page_folio(page);

			item->page = page;
			item->folio = folio;
			if (PageHWPoison(page) || !folio_test_anon(folio) ||
			    (folio_test_large(folio) && folio_test_has_hwpoisoned(folio))) {
				err = pram_refuse(t, PRAM_LEFT_POISON);
				break;
			}
			if (folio_test_large(folio)) {
				if (pram_folio_is_whole(t, folio, page, addr, end, ptep, pte)) {
					item->nr = folio_nr_pages(folio);
				} else if (!t->copy) {
					folio_get(folio);
					split = folio;
					break;
				}
			}
		}
		/* what is not mapped at all is a hole; the zero page is cleared later */
		if (!pte_none(pte)) {
			item->small = pram_item_is_small(t, item);
			t->plain &= item->small;
			/* reclaim may have it before we are ready */
			if (item->folio && !item->small) {
				folio_get(item->folio);
				item->held = true;
			}
			t->nr++;
		}
		ptep += item->nr;
		addr += item->nr * PAGE_SIZE;
	}
	pte_unmap_unlock(start, ptl);
	if (split) {
		folio_lock(split);
		if (folio_test_large(split))
			err = split_folio(split);
		folio_unlock(split);
		folio_put(split);
		/* others map it as well, or use it: page by page then */
		if (err)
			t->copy = true;
		err = -EAGAIN;
	}
	return err;
}

static void pram_drop_held(struct pram_taking *t)
{
	unsigned int i;

	for (i = 0; i < t->nr && !t->plain; i++) {
		if (t->item[i].held)
			folio_put(t->item[i].folio);
		t->item[i].held = false;
	}
}

/**
 * pram_table_ready - do what may sleep before a page table is taken
 * @t: VMA being taken
 *
 * Frees swap slots, and makes the copies. After success only these are held.
 *
 * Return: 0; -EAGAIN: look once more; -ENOMEM; -EOPNOTSUPP if the VMA cannot be taken.
 */
int pram_table_ready(struct pram_taking *t)
{
	unsigned int i;

	for (i = 0; i < t->nr && !t->plain; i++) {
		struct pram_item *item = &t->item[i];
		struct folio *folio = item->folio, *copy;

		if (!folio || item->small)
			continue;
		if (folio_test_swapcache(folio) && folio_trylock(folio)) {
			folio_free_swap(folio);
			folio_unlock(folio);
		}
		if (!pram_item_must_copy(t, item))
			continue;
		if (t->leave_shared && !folio_test_ksm(folio) &&
		    folio_likely_mapped_shared(folio))
			return pram_refuse(t, PRAM_LEFT_SHARED);
		if (PageAnonExclusive(item->page) && folio_maybe_dma_pinned(folio))
			return pram_refuse(t, PRAM_LEFT_PINNED);
		/* a large one that is shared is copied page by page */
		if (item->nr > 1) {
			if (folio_mapcount(folio) != item->nr)
				t->copy = true;
			return -EAGAIN;
		}
		if (!t->copy && !folio_test_ksm(folio) && folio_mapcount(folio) == 1)
			return -EAGAIN;
		copy = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, t->vma, item->addr, false);
		if (!copy)
			return -ENOMEM;
		if (mem_cgroup_charge(copy, t->vma->vm_mm, GFP_KERNEL)) {
			folio_put(copy);
			return -ENOMEM;
		}
		copy_highpage(folio_page(copy, 0), item->page);
		item->copy = copy;
	}
	pram_drop_held(t);
	return 0;
}

/* gives up copies and references */
void pram_table_unready(struct pram_taking *t)
{
	unsigned int i;

	pram_drop_held(t);
	for (i = 0; i < t->nr; i++) {
		if (t->item[i].copy)
			folio_put(t->item[i].copy);
		t->item[i].copy = NULL;
	}
}
