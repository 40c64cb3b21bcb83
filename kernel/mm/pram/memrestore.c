// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finishing a restore: makes the mappings of an armed node private memory that contains the node's
 * pages. Cannot fail. Triggered by PRAM_IOC_PUT, or by the process when it resumes, see
 * memresume.c.
 *
 * Lock order: see mem.h.
 */
#include <linux/khugepaged.h>
#include <linux/ksm.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>

#include "../internal.h"
#include "mem.h"

/* Applies the madvise() hints of a mapping. Failures are ignored. */
static void pram_advise(struct vm_area_struct *vma, u64 flags)
{
	vm_flags_t vm_flags;

	/* ksm_madvise() registers the mm with KSM, but ignores VMAs that have VM_MERGEABLE set. */
	vm_flags_clear(vma, VM_MERGEABLE);
	vm_flags = vma->vm_flags;
	if (flags & PRAM_VMA_MERGEABLE) {
		ksm_madvise(vma, vma->vm_start, vma->vm_end, MADV_MERGEABLE, &vm_flags);
		vm_flags_reset(vma, vm_flags);
	}
	khugepaged_enter_vma(vma, vm_flags);
}

/* Moves the pages of one area. Returns false if the process has unmapped the area meanwhile. */
static bool pram_put_area(struct pram_put_state *p, unsigned int i, struct pram_cursor *cur)
{
	struct pram_area *area = &p->m->area[i];
	struct vm_area_struct *vma = pram_put_vma(p, area);

	if (!vma) {
		if (area->rec.flags & PRAM_VMA_ACCOUNT)
			vm_unacct_memory((area->rec.end - area->rec.start) >> PAGE_SHIFT);
		return false;
	}
	pram_vma_to_anon(vma, area);
#ifdef CONFIG_NUMA
	mpol_put(vma->vm_policy);
	vma->vm_policy = p->policy[i];
	p->policy[i] = NULL;
#endif
	pram_area_map(vma, p->m->h, cur, area->rec.pos, vma_pages(vma));
	pram_advise(vma, area->rec.flags);
	return true;
}

/* Frees the pages of an area that is not mapped any more, or the record pages if @area is NULL. */
static void pram_free_area_pages(struct pram_mem *m, const struct pram_area *area)
{
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, m->h);
	while (pram_cursor_next(&cur, &ext)) {
		bool records = ext.flags & PRAM_ENTRY_RECORDS;

		if (area ? records || pram_mem_area(m, ext.pos) != area : !records)
			continue;
		pram_cursor_take(&cur, &ext);
		pram_free_pages(ext.pfn, ext.order, ext.nr, false);
	}
}

/**
 * pram_put_finish - move the pages of an armed node into the process and free the node
 * @m: state of the node, ARMED; on success @m->h is NULL
 *
 * Context: mmap_lock and @m->lock held for writing. May sleep. Takes pram_mutex.
 * Return: 0; -EBUSY if the node is sealed already.
 */
int pram_put_finish(struct pram_mem *m)
{
	struct pram_handle *h = m->h;
	struct pram_cursor cur;
	unsigned int i;
	int err = pram_node_consume(h);

	if (err)
		return err;
	/* Unmap pages that were accessed through the mappings before the VMAs change their type. */
	for (i = 0; i < m->nr; i++) {
		struct vm_area_struct *vma = pram_put_vma(m->put, &m->area[i]);

		if (vma)
			zap_vma_pages(vma);
	}
	pram_cursor_init(&cur, h);
	for (i = 0; i < m->nr; i++)
		if (!pram_put_area(m->put, i, &cur))
			pram_free_area_pages(m, &m->area[i]);
	pram_free_area_pages(m, NULL);
	pram_restore_mm(h->node, m->put->mm);
	pram_put_free(m);
	m->state = PRAM_MEM_GIVEN;
	mutex_lock(&pram_mutex);
	pram_node_forget(h);
	pram_node_free(h);
	mutex_unlock(&pram_mutex);
	return 0;
}

/**
 * pram_mem_disarm - make a node READY again whose process has died before it resumed
 * @m: state of the node, ARMED; nothing maps it
 *
 * Context: @m->lock held for writing. Takes pram_mutex.
 */
void pram_mem_disarm(struct pram_mem *m)
{
	pram_put_undo(m);
	m->state = PRAM_MEM_BOUND;
	mutex_lock(&pram_mutex);
	m->h->state = PRAM_STATE_READY;
	mutex_unlock(&pram_mutex);
}

/* Returns the mm of the armed process, to be released by mmput(), or NULL and an error. */
static struct mm_struct *pram_armed_mm(struct pram_mem *m, int *ret_err)
{
	struct mm_struct *mm = NULL;

	down_read(&m->lock);
	*ret_err = m->state == PRAM_MEM_GIVEN ? 0 : -ESRCH;
	if (m->state == PRAM_MEM_ARMED && mmget_not_zero(m->put->mm))
		mm = m->put->mm;
	up_read(&m->lock);
	return mm;
}

/**
 * pram_mem_finish - move the pages of an armed node into the process
 * @m: state of the node; the caller holds a reference
 *
 * Context: may sleep. Takes mmap_lock and @m->lock for writing.
 * Return: 0, also if the process has its memory already; -ESRCH if the process has ended and
 * the node is READY again; -EINTR, -EBUSY. On error nothing has changed.
 */
int pram_mem_finish(struct pram_mem *m)
{
	int err;
	struct mm_struct *mm = pram_armed_mm(m, &err);

	if (!mm)
		return err;
	if (mmap_write_lock_killable(mm)) {
		err = -EINTR;
	} else {
		down_write(&m->lock);
		if (m->state == PRAM_MEM_ARMED)
			err = pram_put_finish(m);
		else
			err = m->state == PRAM_MEM_GIVEN ? 0 : -ESRCH;
		up_write(&m->lock);
		mmap_write_unlock(mm);
	}
	mmput(mm);
	return err;
}
