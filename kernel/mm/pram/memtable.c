// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving the pages of one page table into a node's stream: runs the steps of memtake.h.
 *
 * Lock order: see mem.h.
 */
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pgalloc.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include <asm/tlbflush.h>

#include "../internal.h"
#include "folio.h"
#include "memsmall.h"
#include "memtake.h"

/*
 * Appends a detached folio to the stream, and takes over the caller's reference. On error the
 * folio is mapped again.
 */
static int pram_table_add_folio(struct pram_taking *t, struct folio *folio, unsigned long addr,
				bool copied)
{
	u64 pos = t->pos + ((addr - t->vma->vm_start) >> PAGE_SHIFT);
	int err = pram_stream_hole(t->ps, pos - t->next);

	if (!err)
		t->next = pos;
	while (!err) {
		err = pram_stream_add(t->ps, folio_pfn(folio), folio_order(folio), 0);
		if (err != -EAGAIN)
			break;
		err = pram_folio_move(&folio, t->ps->gfp_mask);
		copied = true;
	}
	if (err) {
		pram_folio_map(t->vma, folio, addr);
		return err;
	}
	t->next += folio_nr_pages(folio);
	t->ret->pages += folio_nr_pages(folio);
	if (copied)
		t->ret->copied += folio_nr_pages(folio);
	return 0;
}

/* Takes a huge page. Return: 1 if it was taken, 0 if it must be split first, or -errno. */
static int pram_take_huge(struct pram_taking *t, pmd_t *pmd, unsigned long addr)
{
	struct mm_struct *mm = t->vma->vm_mm;
	struct pram_tally tally = { };
	struct folio *folio;
	pgtable_t table;
	spinlock_t *ptl;	/* page table lock */
	pmd_t old;

	ptl = pmd_lock(mm, pmd);
	old = *pmd;
	if (!pmd_trans_huge(old) || is_huge_zero_pmd(old)) {
		spin_unlock(ptl);
		return 0;
	}
	folio = page_folio(pmd_page(old));
	if (folio_test_has_hwpoisoned(folio)) {
		spin_unlock(ptl);
		return pram_refuse(t, PRAM_LEFT_POISON);
	}
	if (folio_mapcount(folio) > 1) {
		if (t->leave_shared) {
			spin_unlock(ptl);
			return pram_refuse(t, PRAM_LEFT_SHARED);
		}
		t->copy = true;
	}
	if (t->copy || folio_test_swapcache(folio)) {
		spin_unlock(ptl);
		return 0;
	}
	old = pmdp_huge_clear_flush(t->vma, addr, pmd);
	if (!folio_ref_freeze(folio, 1)) {
		bool pinned = folio_maybe_dma_pinned(folio);

		set_pmd_at(mm, addr, pmd, old);
		spin_unlock(ptl);
		if (pinned)
			return pram_refuse_pinned(t);
		return -EAGAIN;
	}
	/* Replace it by an empty page table, so that mapping it again allocates nothing. */
	table = pgtable_trans_huge_withdraw(mm, pmd);
	smp_wmb();	/* as in __split_huge_pmd_locked() */
	pmd_populate(mm, pmd, table);
	ClearPageAnonExclusive(folio_page(folio, 0));
	folio_remove_rmap_pmd(folio, folio_page(folio, 0), t->vma);
	add_mm_counter(mm, MM_ANONPAGES, -HPAGE_PMD_NR);
	pram_tally_off_lru(&tally, folio);
	pram_tally_end(&tally);
	pram_folio_strip(folio);
	spin_unlock(ptl);
	return pram_table_add_folio(t, folio, addr, false) ?: 1;
}

/* Number of items from @i on that are order-0 folios, adjacent in memory and in the VMA. */
static unsigned int pram_run_length(const struct pram_taking *t, unsigned int i)
{
	const struct pram_item *first = &t->item[i];
	unsigned int n = 0;

	while (i + n < t->nr && first[n].small && first[n].page == first->page + n &&
	       first[n].addr == first->addr + n * PAGE_SIZE)
		n++;
	return n;
}

/* Appends a run of items. Returns false if they must be appended one by one. */
static bool pram_table_add_run(struct pram_taking *t, const struct pram_item *first, unsigned int n)
{
	u64 pos = t->pos + ((first->addr - t->vma->vm_start) >> PAGE_SHIFT);

	if (pram_stream_hole(t->ps, pos - t->next))
		return false;
	t->next = pos;
	if (pram_stream_add_run(t->ps, page_to_pfn(first->page), 0, n, 0))
		return false;
	t->next += n;
	t->ret->pages += n;
	return true;
}

/* Appends one detached item, or its copy, to the stream. With @err set, maps it again instead. */
static int pram_table_add_item(struct pram_taking *t, struct pram_item *item, int err)
{
	struct folio *folio = item->copy ?: item->folio;

	if (!folio)
		return err;
	if (item->copy)
		folio_put(item->folio);
	item->copy = NULL;
	if (!err)
		return pram_table_add_folio(t, folio, item->addr, folio != item->folio);
	pram_folio_map(t->vma, folio, item->addr);
	return err;
}

/* Appends all detached items to the stream. After an error, maps the remaining ones again. */
static int pram_table_add_all(struct pram_taking *t)
{
	unsigned int i = 0;
	int err = 0;

	while (i < t->nr) {
		unsigned int n = err ? 0 : pram_run_length(t, i);

		if (n && pram_table_add_run(t, &t->item[i], n)) {
			i += n;
			continue;
		}
		for (n = max(n, 1); n; n--)
			err = pram_table_add_item(t, &t->item[i++], err);
	}
	return err;
}

static int pram_take_ptes(struct pram_taking *t, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	int err = pram_table_look(t, pmd, addr, end);

	if (!err && !t->nr)
		return 0;
	if (!err)
		err = pram_table_ready(t);
	if (!err)
		err = pram_table_detach(t, pmd, addr, end);
	if (err) {
		pram_table_unready(t);
		return err;
	}
	return pram_table_add_all(t);
}

/**
 * pram_table_take - move the pages of one page table into the node's stream
 * @t: VMA being taken
 * @addr: address of the first byte
 * @end: address of the first byte after the range, which lies within one page table
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EAGAIN if the caller must try again; -EFAULT if a page is swapped out;
 * -EOPNOTSUPP if the VMA cannot be taken; -ENOMEM; -EBUSY. On error every page is either
 * in the stream or mapped as before.
 */
int pram_table_take(struct pram_taking *t, unsigned long addr, unsigned long end)
{
	pmd_t *pmd = mm_find_pmd(t->vma->vm_mm, addr);
	pmd_t value;
	int err;

	if (!pmd)
		return 0;
	value = pmdp_get_lockless(pmd);
	if (pmd_none(value))
		return 0;
	if (is_pmd_migration_entry(value)) {
		pmd_migration_entry_wait(t->vma->vm_mm, pmd);
		return -EAGAIN;
	}
	if (pmd_trans_huge(value)) {
		err = pram_take_huge(t, pmd, addr);
		if (err)
			return err < 0 ? err : 0;
		split_huge_pmd(t->vma, pmd, addr);
	}
	return pram_take_ptes(t, pmd, addr, end);
}
