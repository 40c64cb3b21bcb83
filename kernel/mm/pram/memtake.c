// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving the pages of one private anonymous VMA into a node, all or none. memtake.h describes
 * how the pages of one page table are taken. The VMA stays anonymous here; on error its pages
 * are mapped again.
 *
 * Lock order: see mem.h.
 */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#include "../internal.h"
#include "memtake.h"

/* Temporary references go away within a few tries. Then pages that are in use are copied. */
#define TRIES	10

/* A pin of a monitor, for process_vm_readv(), goes away within a few waits of a millisecond. */
#define PIN_WAITS	20

/* Waits before the next try. Returns false if there have been too many. */
static bool pram_take_again(struct pram_taking *t, unsigned int *tries, unsigned int *waits_left)
{
	lru_add_drain_all();
	if (!t->pinned)
		return (*tries)++ < 2 * TRIES;
	t->pin_waits--;
	--*waits_left;
	usleep_range(1000, 2000);
	return true;
}

/**
 * pram_area_take - move a VMA's pages into a node under construction
 * @ps: the node's stream
 * @vma: private anonymous VMA without VM_LOCKED; it stays anonymous
 * @pos: current end of the stream, in pages; becomes the position of the VMA's first page
 * @leave_shared: refuse the VMA if another process shares a page
 * @waits_left: how often to wait for pages that are pinned; is reduced
 * @ret: returns @pages, @copied and @left
 *
 * On success the VMA has no pages, and the stream ends at the end of the VMA.
 *
 * Context: mmap_lock held for writing. May sleep.
 * Return: 0; -EOPNOTSUPP if the VMA cannot be taken, with the reason in @left; -EFAULT if a
 * page is swapped out; -ENOMEM; -EBUSY if a page stays in use or the jump into the next
 * kernel has begun; -EINTR if the caller is being killed. On error the VMA has its pages.
 */
int pram_area_take(struct pram_stream *ps, struct vm_area_struct *vma, u64 pos,
		   bool leave_shared, unsigned int *waits_left, struct pram_vma *ret)
{
	struct pram_taking *t = kvzalloc(sizeof(*t), GFP_KERNEL | PRAM_GFP_NO_OOM);
	unsigned long addr = vma->vm_start, next;
	struct mmu_notifier_range range;
	struct pram_mark mark;
	unsigned int tries = 0;
	int err;

	if (!t)
		return -ENOMEM;
	*t = (struct pram_taking){
		.ps = ps,
		.vma = vma,
		.pos = pos,
		.next = pos,
		.pin_waits = PIN_WAITS,
		.leave_shared = leave_shared,
		.ret = ret,
	};
	err = pram_stream_mark(ps, &mark);
	if (err) {
		kvfree(t);
		return err;
	}
	/* Invalidate secondary page tables (KVM, devices). */
	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma->vm_mm, vma->vm_start,
				vma->vm_end);
	mmu_notifier_invalidate_range_start(&range);
	while (!err && addr < vma->vm_end) {
		next = pmd_addr_end(addr, vma->vm_end);
		if (tries >= TRIES)
			t->copy = true;
		t->last = !t->pin_waits || !*waits_left;
		t->pinned = false;
		err = pram_table_take(t, addr, next);
		if (err == -EAGAIN && pram_take_again(t, &tries, waits_left)) {
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
	mmu_notifier_invalidate_range_end(&range);
	kvfree(t);
	return err == -EAGAIN ? -EBUSY : err;
}

/**
 * pram_area_swap_in - swap in all pages of a VMA that are swapped out
 * @vma: the VMA
 *
 * Context: mmap_lock held for reading. May sleep.
 * Return: 0, -ENOMEM, -EIO, -EINTR.
 */
int pram_area_swap_in(struct vm_area_struct *vma)
{
	unsigned long addr, next;

	for (addr = vma->vm_start; addr < vma->vm_end; addr = next) {
		pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
		pte_t *start, *ptep;
		spinlock_t *ptl;	/* page table lock */
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
