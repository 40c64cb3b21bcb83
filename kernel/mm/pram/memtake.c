// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of one private anonymous VMA on their way into a node, one page table at a
 * time:
 *
 *   look    what each entry maps, and how it can be had
 *   ready   memory for copies, swap slots freed, leaves of the map
 *   detach  the entries are cleared; whoever else may have a page by now holds a
 *           reference, and freezing the count finds that
 *   add     to the node's stream
 *
 * A folio is taken as it is if this mapping is all that refers to it, whether the
 * page tables say "exclusive" or not: after a fork whose child has gone they do
 * not. What others share is copied. What is pinned for DMA refuses the VMA: a
 * device would write to the old place.
 *
 * The VMA stays anonymous here. On an error its pages are put back.
 *
 * Lock order: see mem.h. mmap_lock is held for writing throughout, so nothing is
 * mapped anew, but reclaim and migration may take entries away at any moment.
 */
#include <linux/hugetlb.h>
#include <linux/ksm.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pgalloc.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include <asm/tlbflush.h>

#include "../internal.h"
#include "dev.h"
#include "mem.h"

/* Others hold a page for a moment; who holds it longer uses it: then it is copied. */
#define TRIES	10

/**
 * struct item - a folio, or a page of one, that a page table maps
 * @addr: where
 * @folio: the folio
 * @page: its first page that is mapped here
 * @pte: the entry for it
 * @nr: entries
 * @copy: what takes its place if it is not taken itself
 */
struct item {
	unsigned long addr;
	struct folio *folio;
	struct page *page;
	pte_t pte;
	unsigned int nr;
	struct folio *copy;
};

/**
 * struct take - a VMA being taken
 * @ps: stream
 * @vma: the VMA
 * @pos: position of its first page
 * @next: first position that the stream does not have yet
 * @copy: copy what cannot be taken at once
 * @ret: what is found out
 * @nr: items of the present page table
 * @item: the items
 */
struct take {
	struct pram_stream *ps;
	struct vm_area_struct *vma;
	u64 pos;
	u64 next;
	bool copy;
	struct pram_vma *ret;
	unsigned int nr;
	struct item item[PTRS_PER_PTE];
};

static int refuse(struct take *t, u32 why)
{
	t->ret->left = why;
	return -EOPNOTSUPP;
}

/* Makes a folio out of page tables, LRU and swap the node's. Takes over a reference. */
static int add(struct take *t, struct folio *folio, unsigned long addr, bool copied)
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

/* The folio's references are frozen; nobody maps it any more. */
static void strip(struct folio *folio)
{
	if (folio_test_lru(folio)) {
		struct lruvec *lruvec = folio_lruvec_lock_irq(folio);

		lruvec_del_folio(lruvec, folio);
		__folio_clear_lru_flags(folio);
		unlock_page_lruvec_irq(lruvec);
	}
	folio_unqueue_deferred_split(folio);
	folio->mapping = NULL;
	folio_ref_unfreeze(folio, 1);
}

/* Return: 1 if it was taken, 0 if it has to be split, -errno. */
static int take_huge(struct take *t, pmd_t *pmd, unsigned long addr)
{
	struct mm_struct *mm = t->vma->vm_mm;
	struct folio *folio;
	pgtable_t table;
	spinlock_t *ptl;	/* the table's */
	pmd_t old;

	ptl = pmd_lock(mm, pmd);
	old = *pmd;
	if (!pmd_trans_huge(old) || is_huge_zero_pmd(old)) {
		spin_unlock(ptl);
		return 0;
	}
	folio = page_folio(pmd_page(old));
	if (folio_mapcount(folio) > 1)
		t->copy = true;
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
			return refuse(t, PRAM_LEFT_PINNED);
		return -EAGAIN;
	}
	/* an empty table stands for it: the way back needs no memory */
	table = pgtable_trans_huge_withdraw(mm, pmd);
	smp_wmb();	/* as in __split_huge_pmd_locked() */
	pmd_populate(mm, pmd, table);
	ClearPageAnonExclusive(folio_page(folio, 0));
	folio_remove_rmap_pmd(folio, folio_page(folio, 0), t->vma);
	add_mm_counter(mm, MM_ANONPAGES, -HPAGE_PMD_NR);
	strip(folio);
	spin_unlock(ptl);
	return add(t, folio, addr, false) ?: 1;
}

static bool alone(const struct folio *folio, unsigned int nr)
{
	return folio_mapcount(folio) == nr && folio_ref_count(folio) == nr;
}

/* Is the folio mapped here from its first page to its last, and to be had? */
static bool whole(struct take *t, struct folio *folio, struct page *page,
		  unsigned long addr, unsigned long end, pte_t *ptep, pte_t pte)
{
	unsigned int nr = folio_nr_pages(folio);

	return page == folio_page(folio, 0) && nr < HPAGE_PMD_NR &&
	       end - addr >= nr * PAGE_SIZE &&
	       folio_pte_batch(folio, addr, ptep, pte, nr,
			       FPB_IGNORE_DIRTY | FPB_IGNORE_SOFT_DIRTY, NULL, NULL,
			       NULL) == nr &&
	       (!t->copy || alone(folio, nr));
}

/* Notes the entries of a page table. Return: 0, or why not; -EAGAIN: once more. */
static int look(struct take *t, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	struct mm_struct *mm = t->vma->vm_mm;
	struct folio *split = NULL;
	pte_t *start, *ptep;
	spinlock_t *ptl;	/* the table's */
	int err = 0;

	t->nr = 0;
	start = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!start)
		return -EAGAIN;
	for (ptep = start; addr < end; ) {
		struct item *item = &t->item[t->nr];
		pte_t pte = ptep_get(ptep);
		struct page *page;

		*item = (struct item){ .addr = addr, .pte = pte, .nr = 1 };
		if (!pte_none(pte) && !pte_present(pte)) {
			swp_entry_t entry = pte_to_swp_entry(pte);

			if (is_migration_entry(entry)) {
				pte_unmap_unlock(start, ptl);
				migration_entry_wait(mm, pmd, addr);
				return -EAGAIN;
			}
			err = non_swap_entry(entry) ? refuse(t, PRAM_LEFT_POISON) :
						      -EFAULT;
			break;
		}
		page = pte_none(pte) ? NULL : vm_normal_page(t->vma, addr, pte);
		if (page) {
			struct folio *folio = page_folio(page);

			item->page = page;
			item->folio = folio;
			if (PageHWPoison(page) || !folio_test_anon(folio)) {
				err = refuse(t, PRAM_LEFT_POISON);
				break;
			}
			if (folio_test_large(folio)) {
				if (whole(t, folio, page, addr, end, ptep, pte)) {
					item->nr = folio_nr_pages(folio);
				} else if (!t->copy) {
					folio_get(folio);
					split = folio;
					break;
				}
			}
		}
		/* what is not mapped at all is a hole; the zero page is cleared later */
		if (!pte_none(pte))
			t->nr++;
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

static bool must_copy(const struct take *t, const struct item *item)
{
	const struct folio *folio = item->folio;

	return folio_test_ksm(folio) || folio_mapcount(folio) != item->nr ||
	       folio_nr_pages(folio) != item->nr || folio_test_swapcache(folio) ||
	       (t->copy && !alone(folio, item->nr));
}

/* Frees swap slots, and makes the copies, while that may sleep. */
static int ready(struct take *t)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];
		struct folio *folio = item->folio, *copy;

		if (!folio)
			continue;
		if (folio_test_swapcache(folio) && folio_trylock(folio)) {
			folio_free_swap(folio);
			folio_unlock(folio);
		}
		if (!must_copy(t, item))
			continue;
		if (PageAnonExclusive(item->page) && folio_maybe_dma_pinned(folio))
			return refuse(t, PRAM_LEFT_PINNED);
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
		__folio_mark_uptodate(copy);
		__folio_set_swapbacked(copy);
		folio_set_dirty(copy);
		item->copy = copy;
	}
	return 0;
}

static void drop_copies(struct take *t)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		if (t->item[i].copy)
			folio_put(t->item[i].copy);
		t->item[i].copy = NULL;
	}
}

/* Reclaim and migration may have been here; new entries cannot come up. */
static bool unchanged(struct take *t, pte_t *ptep, unsigned long addr)
{
	unsigned int i, j;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];
		pte_t *p = ptep + ((item->addr - addr) >> PAGE_SHIFT);

		for (j = 0; j < item->nr; j++) {
			pte_t pte = ptep_get(p + j);

			if (!pte_present(pte) ||
			    pte_pfn(pte) != pte_pfn(item->pte) + j)
				return false;
		}
	}
	return true;
}

static int freeze(struct take *t)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];
		struct folio *folio = item->folio;

		if (!folio || item->copy || folio_ref_freeze(folio, item->nr))
			continue;
		if (folio_maybe_dma_pinned(folio))
			refuse(t, PRAM_LEFT_PINNED);
		while (i--) {
			item = &t->item[i];
			if (item->folio && !item->copy)
				folio_ref_unfreeze(item->folio, item->nr);
		}
		return t->ret->left ? -EOPNOTSUPP : -EAGAIN;
	}
	return 0;
}

static void clear(struct take *t, pte_t *ptep, unsigned long addr, unsigned long end)
{
	struct mm_struct *mm = t->vma->vm_mm;
	unsigned int i, j;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];
		pte_t *p = ptep + ((item->addr - addr) >> PAGE_SHIFT);

		for (j = 0; j < item->nr; j++, p++) {
			pte_t pte = ptep_get_and_clear(mm, item->addr + j * PAGE_SIZE, p);

			if (!j)
				item->pte = pte;
		}
	}
	flush_tlb_range(t->vma, addr, end);
}

/* What a batch of entries may have lost by this, a fault makes good. */
static void restore(struct take *t, pte_t *ptep, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];
		pte_t pte = item->pte;

		if (item->nr > 1)
			pte = pte_wrprotect(pte_mkdirty(pte));
		set_ptes(t->vma->vm_mm, item->addr,
			 ptep + ((item->addr - addr) >> PAGE_SHIFT), pte, item->nr);
	}
}

static void unmap(struct take *t)
{
	unsigned int i, j;
	long pages = 0;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];

		if (!item->folio)
			continue;
		pages += item->nr;
		for (j = 0; j < item->nr && !item->copy; j++)
			ClearPageAnonExclusive(item->page + j);
		folio_remove_rmap_ptes(item->folio, item->page, item->nr, t->vma);
		if (!item->copy)
			strip(item->folio);
	}
	add_mm_counter(t->vma->vm_mm, MM_ANONPAGES, -pages);
}

static int detach(struct take *t, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;	/* the table's */
	pte_t *ptep = pte_offset_map_lock(t->vma->vm_mm, pmd, addr, &ptl);
	int err = 0;

	if (!ptep)
		return -EAGAIN;
	if (!unchanged(t, ptep, addr)) {
		err = -EAGAIN;
	} else {
		clear(t, ptep, addr, end);
		err = freeze(t);
		if (err)
			restore(t, ptep, addr);
		else
			unmap(t);
	}
	pte_unmap_unlock(ptep, ptl);
	return err;
}

/* All that was detached goes into the stream, or back. */
static int add_all(struct take *t)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < t->nr; i++) {
		struct item *item = &t->item[i];
		struct folio *folio = item->copy ?: item->folio;

		if (!folio)
			continue;
		if (item->copy)
			folio_put(item->folio);
		item->copy = NULL;
		if (!err)
			err = add(t, folio, item->addr, folio != item->folio);
		else
			pram_folio_map(t->vma, folio, item->addr);
		cond_resched();
	}
	return err;
}

static int take_ptes(struct take *t, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	int err = look(t, pmd, addr, end);

	if (err || !t->nr)
		return err;
	err = ready(t);
	if (!err)
		err = detach(t, pmd, addr, end);
	if (err) {
		drop_copies(t);
		return err;
	}
	return add_all(t);
}

static int take_table(struct take *t, unsigned long addr, unsigned long end)
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
		err = take_huge(t, pmd, addr);
		if (err)
			return err < 0 ? err : 0;
		split_huge_pmd(t->vma, pmd, addr);
	}
	return take_ptes(t, pmd, addr, end);
}

/**
 * pram_area_take - move a VMA's pages into a node under construction
 * @ps: the node's stream
 * @vma: private anonymous VMA, without VM_LOCKED; stays so
 * @pos: first position that the stream does not have, its first page's
 * @ret: @pages, @copied and @left are filled in
 *
 * On success the stream ends at the VMA's end.
 *
 * Context: mmap_lock held for writing.
 * Return: 0; -EOPNOTSUPP if the VMA cannot be taken, for the reason @left;
 * -EFAULT if a page is swapped out; -ENOMEM; -EBUSY if the way into the next kernel
 * has begun; -EINTR if the caller is being killed. On an error the VMA has its pages.
 */
int pram_area_take(struct pram_stream *ps, struct vm_area_struct *vma, u64 pos,
		   struct pram_vma *ret)
{
	struct take *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	unsigned long addr = vma->vm_start, next;
	struct pram_mark mark;
	unsigned int tries = 0;
	int err;

	if (!t)
		return -ENOMEM;
	*t = (struct take){ .ps = ps, .vma = vma, .pos = pos, .next = pos, .ret = ret };
	err = pram_stream_mark(ps, &mark);
	if (err) {
		kvfree(t);
		return err;
	}
	while (!err && addr < vma->vm_end) {
		next = pmd_addr_end(addr, vma->vm_end);
		if (tries >= TRIES)
			t->copy = true;
		err = take_table(t, addr, next);
		if (err == -EAGAIN && tries++ < 2 * TRIES) {
			lru_add_drain_all();
			err = 0;
			continue;
		}
		tries = 0;
		t->copy = false;
		addr = next;
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (!err)
		err = pram_stream_hole(ps, pos + vma_pages(vma) - t->next);
	if (err) {
		struct pram_cursor cur;

		pram_cursor_at(&cur, &mark, pos);
		pram_area_map(vma, ps->node, &cur, pos, vma_pages(vma));
		pram_stream_rewind(ps, &mark);
		ret->pages = 0;
		ret->copied = 0;
	}
	kvfree(t);
	return err == -EAGAIN ? -EBUSY : err;
}

/**
 * pram_area_swap_in - read in what is swapped out of a VMA
 * @vma: the VMA
 *
 * Context: mmap_lock held for reading.
 * Return: 0, -ENOMEM, -EIO, -EINTR.
 */
int pram_area_swap_in(struct vm_area_struct *vma)
{
	unsigned long addr, next;

	for (addr = vma->vm_start; addr < vma->vm_end; addr = next) {
		pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
		pte_t *start, *ptep;
		spinlock_t *ptl;	/* the table's */
		bool found = false;

		next = pmd_addr_end(addr, vma->vm_end);
		start = pmd ? pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl) : NULL;
		if (!start)
			continue;
		for (ptep = start; addr < next && !found; ptep++, addr += PAGE_SIZE) {
			pte_t pte = ptep_get(ptep);

			found = !pte_none(pte) && !pte_present(pte) &&
				!non_swap_entry(pte_to_swp_entry(pte));
		}
		pte_unmap_unlock(start, ptl);
		if (found) {
			vm_fault_t fault = handle_mm_fault(vma, addr - PAGE_SIZE,
							   FAULT_FLAG_REMOTE, NULL);

			if (fault & VM_FAULT_ERROR)
				return vm_fault_to_errno(fault, 0);
			next = addr;
		}
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}
