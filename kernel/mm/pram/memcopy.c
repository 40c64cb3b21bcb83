// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving a process that resumes after its memory was committed (KEPT) a copy of that memory.
 *
 * Lock order: see mem.h.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/rmap.h>
#include <linux/sched/signal.h>

#include "../internal.h"
#include "mem.h"

/* Allocates copies of the pages of a VMA. folio->private is the address of each copy. */
static int pram_copy_pages(struct pram_mem *m, struct vm_area_struct *vma,
			   struct list_head *copies)
{
	u64 pos = vma->vm_pgoff, end = pos + vma_pages(vma), at;
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, m->h);
	while (pram_cursor_next(&cur, &ext) && !(ext.flags & PRAM_ENTRY_RECORDS)) {
		u64 last = ext.pos + ((u64)ext.nr << ext.order);

		for (at = max(ext.pos, pos); at < min(last, end); at++) {
			unsigned long addr = vma->vm_start + ((at - pos) << PAGE_SHIFT);
			struct folio *folio;

			folio = vma_alloc_folio(GFP_HIGHUSER_MOVABLE | PRAM_GFP_NO_OOM, 0, vma,
						addr, false);
			if (!folio)
				return -ENOMEM;
			folio->private = (void *)addr;
			list_add_tail(&folio->lru, copies);
			if (mem_cgroup_charge(folio, vma->vm_mm, GFP_KERNEL | PRAM_GFP_NO_OOM))
				return -ENOMEM;
			copy_highpage(folio_page(folio, 0),
				      pfn_to_page(ext.pfn + at - ext.pos));
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return 0;
}

static int pram_unshare_vma(struct pram_mem *m, struct vm_area_struct *vma)
{
	struct folio *folio, *next;
	LIST_HEAD(copies);
	int err;

	if (anon_vma_prepare(vma))
		return -ENOMEM;
	zap_vma_pages(vma);
	err = pram_copy_pages(m, vma, &copies);
	if (!err)
		pram_vma_to_anon(vma, pram_mem_area(m, vma->vm_pgoff));
	list_for_each_entry_safe(folio, next, &copies, lru) {
		unsigned long addr = (unsigned long)folio->private;

		list_del(&folio->lru);
		folio->private = NULL;
		if (err) {
			folio_put(folio);
			continue;
		}
		pram_folio_map(vma, folio, addr);
	}
	return err;
}

/**
 * pram_mem_unshare - replace a process's mappings of a node by private copies
 * @m: state of the node, KEPT
 * @mm: mm of the process
 *
 * The node is unchanged. On error, mappings not yet replaced still map the node.
 *
 * Context: may sleep. Takes mmap_lock and @m->lock for writing.
 * Return: 0, -ENOMEM, -EINTR.
 */
int pram_mem_unshare(struct pram_mem *m, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	int err = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	down_write(&m->lock);
	for_each_vma(vmi, vma) {
		if (pram_vma_mem(vma) != m || !m->h)
			continue;
		err = pram_unshare_vma(m, vma);
		if (err)
			break;
	}
	up_write(&m->lock);
	mmap_write_unlock(mm);
	return err;
}
