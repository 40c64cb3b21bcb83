// SPDX-License-Identifier: GPL-2.0-only
/*
 * Examining and preparing a page table: the "look" and "ready" steps of memtake.h.
 *
 * A folio is taken without a copy if this mapping has the only references to it. The
 * "anon exclusive" flag is not required, because it stays cleared after a fork even if the
 * child has exited. A folio that others share is copied. A VMA with a page that is pinned
 * for DMA is refused, because the device would continue to write to the original page.
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

/* Are all references those of @nr mappings and @held of our own? */
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

/* Is this an order-0 folio that is taken without a copy? */
static bool pram_item_is_small(const struct pram_taking *t, const struct pram_item *item)
{
	return item->folio && !folio_test_large(item->folio) && !pram_item_must_copy(t, item);
}

/*
 * Does the table map the folio completely, from its first page to its last, and can the folio
 * be taken as a whole?
 */
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
 * pram_table_look - record the pages that a page table maps
 * @t: VMA being taken; sets its items
 * @pmd: pmd entry of the page table
 * @addr: address of the first byte
 * @end: address of the first byte after the range
 *
 * Context: mmap_lock held for writing. May sleep. Takes the page table lock.
 * Return: 0; -EAGAIN if the caller must try again; -EFAULT if a page is swapped out;
 * -EOPNOTSUPP if the VMA cannot be taken. The items may hold references in all cases.
 */
int pram_table_look(struct pram_taking *t, pmd_t *pmd, unsigned long addr,
		    unsigned long end)
{
	struct mm_struct *mm = t->vma->vm_mm;
	struct folio *split = NULL;
	pte_t *start, *ptep;
	spinlock_t *ptl;	/* page table lock */
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
		/* An empty entry is a hole. The entry of the zero page is cleared later. */
		if (!pte_none(pte)) {
			item->small = pram_item_is_small(t, item);
			t->plain &= item->small;
			/* Reclaim must not free it before pram_table_ready(). */
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
		/* It cannot be split while others use it: copy it page by page. */
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
 * pram_table_ready - do the steps that may sleep before the page table is cleared
 * @t: VMA being taken; pram_table_look() has succeeded
 *
 * Frees swap slots and allocates copies. On success the items hold only the copies.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EAGAIN if the table must be looked at again; -ENOMEM; -EOPNOTSUPP if the VMA
 * cannot be taken. On error the caller calls pram_table_unready().
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
			return pram_refuse_pinned(t);
		/* Look again, with copying enabled if the large folio is shared. */
		if (item->nr > 1) {
			if (folio_mapcount(folio) != item->nr)
				t->copy = true;
			return -EAGAIN;
		}
		if (!t->copy && !folio_test_ksm(folio) && folio_mapcount(folio) == 1)
			return -EAGAIN;
		copy = vma_alloc_folio(GFP_HIGHUSER_MOVABLE | PRAM_GFP_NO_OOM, 0, t->vma,
				       item->addr, false);
		if (!copy)
			return -ENOMEM;
		if (mem_cgroup_charge(copy, t->vma->vm_mm, GFP_KERNEL | PRAM_GFP_NO_OOM)) {
			folio_put(copy);
			return -ENOMEM;
		}
		copy_highpage(folio_page(copy, 0), item->page);
		item->copy = copy;
	}
	pram_drop_held(t);
	return 0;
}

/* Frees the copies and drops the references of all items. */
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
