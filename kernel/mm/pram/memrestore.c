// SPDX-License-Identifier: GPL-2.0-only
/*
 * A node's memory on its way into a process, in two steps.
 *
 *   arm     what can fail (memready.c). The node
 *           has its pages as before, and if the process dies it is READY again.
 *   finish  mappings become private memory with the pages in them: cannot fail. Asked
 *           for by PRAM_IOC_PUT, or by the process itself when it goes on.
 *
 * So who restores may arm all processes of a tree first; until they run nothing is lost.
 *
 * Lock order: see mem.h.
 */
#include <linux/err.h>
#include <linux/khugepaged.h>
#include <linux/ksm.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>

#include "../internal.h"
#include "mem.h"

/* Hints, as madvise() gives them: to fail to is no failure. */
static void pram_advise(struct vm_area_struct *vma, u64 flags)
{
	vm_flags_t vm_flags;

	/* KSM has to hear of the process, and looks at what is not set yet */
	vm_flags_clear(vma, VM_MERGEABLE);
	vm_flags = vma->vm_flags;
	if (flags & PRAM_VMA_MERGEABLE) {
		ksm_madvise(vma, vma->vm_start, vma->vm_end, MADV_MERGEABLE, &vm_flags);
		vm_flags_reset(vma, vm_flags);
	}
	khugepaged_enter_vma(vma, vm_flags);
}

/* Return: false if the process has unmapped it meanwhile. */
static bool pram_put_area(struct pram_put_state *p, unsigned int i, struct pram_cursor *cur)
{
	struct pram_area *area = &p->m->area[i];
	struct vm_area_struct *vma = pram_put_vma(p, area);

	if (!vma) {
		if (area->rec.flags & PRAM_VMA_ACCOUNT)
			vm_unacct_memory((area->rec.end - area->rec.start) >> PAGE_SHIFT);
		return false;
	}
	pram_vma_to_anon(vma, area, pram_record_vm_flags(area->rec.flags));
#ifdef CONFIG_NUMA
	mpol_put(vma->vm_policy);
	vma->vm_policy = p->policy[i];
	p->policy[i] = NULL;
#endif
	pram_area_map(vma, p->m->h, cur, area->rec.pos, vma_pages(vma));
	pram_advise(vma, area->rec.flags);
	return true;
}

/* the pages of one area that is not there any more, or the records */
static void pram_free_area_pages(struct pram_mem *m, const struct pram_area *area)
{
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, m->h);
	while (pram_cursor_next(&cur, &ext)) {
		bool records = ext.flags & PRAM_ENTRY_RECORDS;

		if (area ? !records && pram_mem_area(m, ext.pos) == area : records)
			pram_free_pages(ext.pfn, ext.order, ext.nr, false);
	}
}

/* Context: mmap_lock and @m->lock held for writing. */
static int pram_finish_locked(struct pram_mem *m)
{
	struct pram_handle *h = m->h;
	struct pram_cursor cur;
	unsigned int i;

	/* Sealing must find the node either whole or used up. */
	mutex_lock(&pram_mutex);
	if (pram_sealed) {
		mutex_unlock(&pram_mutex);
		return -EBUSY;
	}
	h->consuming = true;
	mutex_unlock(&pram_mutex);
	/* what others looked at is mapped: before it changes its kind it goes */
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
 * pram_mem_disarm - the process has gone before it ran: the node is as it was
 * @m: the node's, ARMED; nothing maps it
 *
 * Context: @m->lock held for writing.
 */
void pram_mem_disarm(struct pram_mem *m)
{
	pram_put_undo(m);
	m->state = PRAM_MEM_BOUND;
	mutex_lock(&pram_mutex);
	m->h->state = PRAM_STATE_READY;
	mutex_unlock(&pram_mutex);
}

static int pram_arm_locked(struct pram_mem *m, struct mm_struct *mm)
{
	int err;

	if (m->state != PRAM_MEM_BOUND)
		return -EBUSY;
	err = pram_put_prepare(m, mm);
	if (err)
		return err;
	m->state = PRAM_MEM_ARMED;
	pram_mem_watch(m, mm);
	return err;
}

/**
 * pram_mem_arm - make a node ready to become the memory of a process that has mapped it
 * @h: memory node, LOADING, the caller's; the process's on success
 * @arg: see there; what is out is filled in
 *
 * The caller holds a reference to the node's pram_mem for pram_mem_finish().
 *
 * Return: 0, or -errno: see struct pram_put. Process and node are as before then.
 */
int pram_mem_arm(struct pram_handle *h, struct pram_put *arg)
{
	struct mm_struct *mm = pram_mem_mm(arg->pidfd);
	struct pram_mem *m = h->mem;
	int err;

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	arg->pages = h->node->data_len >> PAGE_SHIFT;
	if (!m) {
		err = -ENXIO;
	} else if (mmap_write_lock_killable(mm)) {
		err = -EINTR;
	} else {
		down_write(&m->lock);
		err = pram_arm_locked(m, mm);
		up_write(&m->lock);
		mmap_write_unlock(mm);
	}
	mmput(mm);
	return err;
}

/* Makes a node that nobody has opened LOADING: it is the process's now. */
static int pram_claim_node(struct pram_mem *m)
{
	int err = 0;

	mutex_lock(&pram_mutex);
	if (m->h->state != PRAM_STATE_READY)
		err = -EBUSY;
	else
		m->h->state = PRAM_STATE_LOADING;
	mutex_unlock(&pram_mutex);
	return err;
}

static int pram_arm_unopened(struct pram_mem *m, struct mm_struct *mm)
{
	int err = pram_claim_node(m);

	if (err)
		return err;
	err = pram_arm_locked(m, mm);
	if (err) {
		mutex_lock(&pram_mutex);
		m->h->state = PRAM_STATE_READY;
		mutex_unlock(&pram_mutex);
	}
	return err;
}

/**
 * pram_mem_run - a process that maps a node has begun to run
 * @m: the node's, ARMED, or BOUND: whoever restores the process has died before he armed it
 * @mm: the process's
 *
 * What it maps becomes its memory; if that cannot be, the node goes on serving it.
 *
 * Return: 0, -ENOMEM, -EINTR, -ENXIO if it has other mappings by now; -EBUSY.
 */
int pram_mem_run(struct pram_mem *m, struct mm_struct *mm)
{
	int err = 0;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	down_write(&m->lock);
	if (m->state == PRAM_MEM_BOUND)
		err = pram_arm_unopened(m, mm);
	if (m->state == PRAM_MEM_ARMED && m->put->mm == mm)
		err = pram_finish_locked(m);
	up_write(&m->lock);
	mmap_write_unlock(mm);
	/* On the way into the next kernel nothing changes any more: it does not go on here. */
	if (err == -EBUSY)
		schedule_timeout_killable(1);
	return err;
}

/* the armed process's mm, to be put by mmput(); NULL if it has gone */
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
 * pram_mem_finish - a node that is armed becomes the process's memory
 * @m: the node's, referenced
 *
 * Return: 0, also if it is that already; -ESRCH if the process has gone and the node
 * is READY again; -EINTR, -EBUSY: nothing has changed.
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
			err = pram_finish_locked(m);
		else
			err = m->state == PRAM_MEM_GIVEN ? 0 : -ESRCH;
		up_write(&m->lock);
		mmap_write_unlock(mm);
	}
	mmput(mm);
	return err;
}
