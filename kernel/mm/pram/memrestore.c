// SPDX-License-Identifier: GPL-2.0-only
/*
 * A node's memory on its way into a process: moved, when the process is restored;
 * copied, when a process that was kept runs on.
 *
 * What can fail comes first: anon_vmas, page tables, names, policies, charges. From
 * there on nothing can.
 *
 * Lock order: see mem.h.
 */
#include <linux/err.h>
#include <linux/khugepaged.h>
#include <linux/ksm.h>
#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/slab.h>

#include "../internal.h"
#include "dev.h"
#include "mem.h"

/**
 * struct put - a node being given to a process
 * @m: the node's
 * @mm: the process's
 * @account: pages to be accounted
 * @policy: of each area
 * @charged: folios charged so far
 */
struct put {
	struct pram_mem *m;
	struct mm_struct *mm;
	unsigned long account;
	struct mempolicy **policy;
	u64 charged;
};

/* the VMA of an area, if it is mapped as it was */
static struct vm_area_struct *vma_of(struct put *p, const struct pram_area *area)
{
	const struct pram_record *rec = &area->rec;
	struct vm_area_struct *vma = vma_lookup(p->mm, rec->start);

	if (!vma || pram_vma_mem(vma) != p->m || vma->vm_start != rec->start ||
	    vma->vm_end != rec->end || vma->vm_pgoff != rec->pos)
		return NULL;
	return vma;
}

static int prepare_area(struct put *p, unsigned int i)
{
	struct pram_area *area = &p->m->area[i];
	struct vm_area_struct *vma = vma_of(p, area);
	char policy[PRAM_VMA_POLICY_MAX];

	if (!vma)
		return -ENXIO;
	if (anon_vma_prepare(vma))
		return -ENOMEM;
	zap_vma_pages(vma);
	if (pram_tables_alloc(vma))
		return -ENOMEM;
	if (area->rec.name[0] && !area->name) {
		area->name = anon_vma_name_alloc(area->rec.name);
		if (!area->name)
			return -ENOMEM;
	}
	strscpy(policy, area->rec.policy, sizeof(policy));
	if (policy[0] && mpol_parse_str(policy, &p->policy[i]))
		return -EUCLEAN;
	if (area->rec.flags & PRAM_VMA_ACCOUNT)
		p->account += vma_pages(vma);
	return 0;
}

/* all folios, or none */
static int charge(struct put *p)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	pram_cursor_init(&cur, p->m->h);
	while (pram_cursor_next(&cur, &ext)) {
		for (i = 0; i < ext.nr && !(ext.flags & PRAM_ENTRY_RECORDS); i++) {
			struct folio *folio = pram_folio(p->m->h,
							 ext.pfn + ((u64)i << ext.order),
							 ext.order);

			if (!folio_memcg_charged(folio) &&
			    mem_cgroup_charge(folio, p->mm,
					      GFP_KERNEL | __GFP_RETRY_MAYFAIL))
				return -ENOMEM;
			p->charged++;
			if (fatal_signal_pending(current))
				return -EINTR;
			cond_resched();
		}
	}
	return 0;
}

static void uncharge(struct put *p)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	pram_cursor_init(&cur, p->m->h);
	while (p->charged && pram_cursor_next(&cur, &ext))
		for (i = 0; i < ext.nr && p->charged; i++, p->charged--)
			mem_cgroup_uncharge(pfn_folio(ext.pfn + ((u64)i << ext.order)));
}

static int prepare(struct put *p)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < p->m->nr; i++)
		err = prepare_area(p, i);
	if (!err)
		err = security_vm_enough_memory_mm(p->mm, p->account);
	if (err)
		return err;
	err = charge(p);
	if (err) {
		uncharge(p);
		vm_unacct_memory(p->account);
	}
	return err;
}

/* Hints, as madvise() gives them: to fail to is no failure. */
static void advise(struct vm_area_struct *vma, u64 flags)
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

static void put_area(struct put *p, unsigned int i, struct pram_cursor *cur)
{
	struct pram_area *area = &p->m->area[i];
	struct vm_area_struct *vma = vma_of(p, area);

	pram_vma_to_anon(vma, area, pram_record_vm_flags(area->rec.flags));
#ifdef CONFIG_NUMA
	mpol_put(vma->vm_policy);
	vma->vm_policy = p->policy[i];
	p->policy[i] = NULL;
#endif
	pram_area_map(vma, p->m->h, cur, area->rec.pos, vma_pages(vma));
	advise(vma, area->rec.flags);
}

static void free_records(struct pram_handle *h)
{
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext))
		if (ext.flags & PRAM_ENTRY_RECORDS)
			pram_free_pages(ext.pfn, ext.order, ext.nr, false);
}

/* the charge put the folios into the state of new ones; now that of used ones */
static void make_used(struct pram_handle *h)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		for (i = 0; i < ext.nr && !(ext.flags & PRAM_ENTRY_RECORDS); i++) {
			struct folio *folio = pfn_folio(ext.pfn + ((u64)i << ext.order));

			folio_mark_uptodate(folio);
			folio_set_swapbacked(folio);
			folio_set_dirty(folio);
		}
	}
}

static int put_all(struct put *p)
{
	struct pram_handle *h = p->m->h;
	struct pram_cursor cur;
	unsigned int i;

	/* Sealing must find the node either whole or used up. */
	mutex_lock(&pram_mutex);
	if (pram_sealed) {
		mutex_unlock(&pram_mutex);
		uncharge(p);
		vm_unacct_memory(p->account);
		return -EBUSY;
	}
	h->consuming = true;
	mutex_unlock(&pram_mutex);
	make_used(h);
	pram_cursor_init(&cur, h);
	for (i = 0; i < p->m->nr; i++)
		put_area(p, i, &cur);
	free_records(h);
	mutex_lock(&pram_mutex);
	pram_node_forget(h);
	pram_mem_detach(h);
	mutex_unlock(&pram_mutex);
	return 0;
}

/**
 * pram_mem_put - give a node's memory to a process that has mapped it
 * @h: memory node, LOADING, the caller's; to be freed on success
 * @arg: see there; what is out is filled in
 *
 * Return: 0, or -errno: see struct pram_put. Process and node are as before then.
 */
int pram_mem_put(struct pram_handle *h, struct pram_put *arg)
{
	struct put p = { .m = h->mem, .mm = pram_mem_mm(arg->pidfd) };
	struct pram_mem *m = p.m;
	unsigned int i;
	int err = 0;

	if (IS_ERR(p.mm))
		return PTR_ERR(p.mm);
	arg->pages = h->node->data_len >> PAGE_SHIFT;
	p.policy = m ? kvcalloc(m->nr + 1, sizeof(*p.policy), GFP_KERNEL) : NULL;
	if (!p.policy) {
		mmput(p.mm);
		return m ? -ENOMEM : -ENXIO;
	}
	refcount_inc(&m->refs);
	if (mmap_write_lock_killable(p.mm)) {
		err = -EINTR;
	} else {
		down_write(&m->lock);
		if (m->state != PRAM_MEM_BOUND)
			err = -EBUSY;
		err = err ?: prepare(&p);
		err = err ?: put_all(&p);
		up_write(&m->lock);
		mmap_write_unlock(p.mm);
	}
	for (i = 0; i < m->nr; i++)
		mpol_put(p.policy[i]);
	kvfree(p.policy);
	pram_mem_unref(m);
	mmput(p.mm);
	return err;
}

/* Copies of the pages of a VMA, each with its address. */
static int copy_pages(struct pram_mem *m, struct vm_area_struct *vma,
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

			folio = vma_alloc_folio(GFP_HIGHUSER_MOVABLE, 0, vma, addr, false);
			if (!folio)
				return -ENOMEM;
			folio->private = (void *)addr;
			list_add_tail(&folio->lru, copies);
			if (mem_cgroup_charge(folio, vma->vm_mm, GFP_KERNEL))
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

static int unshare_vma(struct pram_mem *m, struct vm_area_struct *vma)
{
	struct folio *folio, *next;
	LIST_HEAD(copies);
	int err;

	if (anon_vma_prepare(vma))
		return -ENOMEM;
	zap_vma_pages(vma);
	err = copy_pages(m, vma, &copies);
	if (!err)
		pram_vma_to_anon(vma, pram_mem_area(m, vma->vm_pgoff), vma->vm_flags);
	list_for_each_entry_safe(folio, next, &copies, lru) {
		unsigned long addr = (unsigned long)folio->private;

		list_del(&folio->lru);
		folio->private = NULL;
		if (err) {
			folio_put(folio);
			continue;
		}
		__folio_mark_uptodate(folio);
		__folio_set_swapbacked(folio);
		folio_set_dirty(folio);
		pram_folio_map(vma, folio, addr);
	}
	return err;
}

/**
 * pram_mem_unshare - give a process that runs on a copy of what was kept of it
 * @m: the node's, KEPT
 * @mm: the process's
 *
 * Return: 0, or VM_FAULT_OOM.
 */
vm_fault_t pram_mem_unshare(struct pram_mem *m, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	int err = 0;

	if (mmap_write_lock_killable(mm))
		return 0;
	down_write(&m->lock);
	for_each_vma(vmi, vma) {
		if (pram_vma_mem(vma) != m || !m->h)
			continue;
		err = unshare_vma(m, vma);
		if (err)
			break;
	}
	up_write(&m->lock);
	mmap_write_unlock(mm);
	return err == -ENOMEM ? VM_FAULT_OOM : 0;
}
