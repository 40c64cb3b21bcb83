// SPDX-License-Identifier: GPL-2.0-only
/*
 * The vm_operations of a mapping of a memory node.
 *
 * Lock order: see mem.h.
 */
#include <linux/cacheflush.h>
#include <linux/file.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>

#include "../internal.h"
#include "mem.h"

/* Returns the page at a position, or NULL for a hole. @m->lock is held for writing. */
static struct page *pram_mem_find_page(const struct pram_mem *m, u64 pos)
{
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, m->h);
	while (pram_cursor_next(&cur, &ext)) {
		u64 skip = pos - ext.pos;

		if (pos < ext.pos || ext.flags & PRAM_ENTRY_RECORDS)
			return NULL;
		if (skip >> ext.order < ext.nr) {
			pram_folio(m->h, ext.pfn + round_down(skip, 1UL << ext.order),
				   ext.order);
			return pfn_to_page(ext.pfn + skip);
		}
	}
	return NULL;
}

/* Allocates a zeroed page for a hole. It becomes part of the node on the first write. */
static struct page *pram_hole_page(struct mm_struct *mm, gfp_t gfp)
{
	struct page *page = pram_alloc_page(gfp | __GFP_ZERO);

	if (page && mem_cgroup_charge(page_folio(page), mm, gfp)) {
		__free_page(page);
		return NULL;
	}
	/* Set the flags before the page is mapped: RSS counters must use the same type at unmap. */
	if (page) {
		__folio_mark_uptodate(page_folio(page));
		__folio_set_swapbacked(page_folio(page));
	}
	return page;
}

/* May the fault handler drop the mmap lock or VMA lock and ask for a retry? */
static bool pram_fault_may_retry(const struct vm_fault *vmf)
{
	return (vmf->flags & (FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT)) ==
	       FAULT_FLAG_ALLOW_RETRY;
}

/*
 * Is the fault caused by the process itself, by an instruction or a system call? Some system
 * calls access the caller's own memory as remote memory (FAULT_FLAG_REMOTE).
 */
static bool pram_fault_is_own_access(const struct vm_fault *vmf)
{
	return current->mm == vmf->vma->vm_mm &&
	       (!(vmf->flags & FAULT_FLAG_REMOTE) || pram_fault_may_retry(vmf));
}

/*
 * Is the node armed for this process? Another one that has mapped the node too only looks at it. If
 * it counted as the one that resumes, it would fault again and again until that does.
 */
static bool pram_fault_is_armed(struct pram_mem *m, const struct mm_struct *mm)
{
	bool ret;

	down_read(&m->lock);
	ret = m->state == PRAM_MEM_ARMED && m->put->mm == mm;
	up_read(&m->lock);
	return ret;
}

/*
 * Does the fault show that a KEPT, ARMED or BOUND process has resumed? Normally the task work
 * of pram_mem_watch() has run before; this is the fallback if it could not be allocated. In
 * state BOUND, while the process is being restored, the kernel also accesses its memory on its
 * behalf (for example for rseq), so only a fault of a user-space instruction counts.
 */
static bool pram_fault_process_runs(const struct vm_fault *vmf, struct pram_mem *m)
{
	switch (pram_mem_state(m)) {
	case PRAM_MEM_KEPT:
		return pram_fault_is_own_access(vmf);
	case PRAM_MEM_ARMED:
		return pram_fault_is_own_access(vmf) && pram_fault_is_armed(m, vmf->vma->vm_mm);
	case PRAM_MEM_BOUND:
		/* Try once only, see pram_fault_give_memory(). */
		return pram_fault_is_own_access(vmf) && vmf->flags & FAULT_FLAG_USER &&
		       !(vmf->flags & FAULT_FLAG_TRIED);
	default:
		return false;
	}
}

/* Gives the process all of its memory. Drops the fault lock to take mmap_lock for writing. */
static vm_fault_t pram_fault_give_memory(struct vm_fault *vmf, struct pram_mem *m)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct file *file;
	int err = 0;

	if (!pram_fault_may_retry(vmf))
		return VM_FAULT_SIGBUS;
	/* An exiting task only clears the word at clear_child_tid. That is no reason to copy. */
	if (current->flags & PF_EXITING || fatal_signal_pending(current))
		return VM_FAULT_SIGBUS;
	/* The VMA may be unmapped now, and with it the last reference to @m. */
	file = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	/*
	 * Return VM_FAULT_RETRY on failure too: it tells the caller that the lock was dropped. It
	 * does not loop: after -ENOMEM and -EINTR the process is being killed, and after -EBUSY the
	 * machine is on its way into the next kernel.
	 */
	if (pram_mem_state(m) == PRAM_MEM_KEPT)
		err = pram_mem_unshare(m, mm);
	else
		pram_mem_run(m, mm);
	fput(file);
	if (err == -ENOMEM)
		pram_mem_no_room();
	return VM_FAULT_RETRY;
}

static vm_fault_t pram_mem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pram_mem *m = vma->vm_file->private_data;
	struct page *page;

	if (pram_fault_process_runs(vmf, m))
		return pram_fault_give_memory(vmf, m);
	/* For writing: the first access to a large folio of an earlier kernel builds it. */
	down_write(&m->lock);
	if (!m->h || (m->state == PRAM_MEM_KEPT && vmf->flags & FAULT_FLAG_WRITE)) {
		up_write(&m->lock);
		return VM_FAULT_SIGBUS;
	}
	page = pram_mem_find_page(m, vmf->pgoff);
	if (page)
		get_page(page);
	up_write(&m->lock);
	/* As for any page fault, this may call the OOM killer: not with @m->lock held. */
	vmf->page = page ?: pram_hole_page(vma->vm_mm, GFP_KERNEL);
	return vmf->page ? 0 : VM_FAULT_OOM;
}

/*
 * Makes a page of a hole part of the node. Returns 1; 0 if it is part of it already; -EEXIST if
 * the node has another page there, written through another mapping; -EAGAIN if the page cannot
 * be kept any more; -ENODEV, -ENOMEM, -EBUSY. @m->lock is held for writing.
 */
static int pram_fill_hole(struct pram_mem *m, u64 pos, struct page *page)
{
	struct pram_stream own;
	struct page *found;
	int err;

	if (!m->h)
		return -ENODEV;
	found = pram_mem_find_page(m, pos);
	if (found)
		return found == page ? 0 : -EEXIST;
	if (!m->ps)
		pram_stream_init(&own, m->h, GFP_KERNEL | PRAM_GFP_NO_OOM);
	folio_set_dirty(page_folio(page));
	get_page(page);
	/* Sealing may be walking the links. */
	mutex_lock(&pram_mutex);
	err = pram_stream_fill(m->ps ?: &own, pos, page_to_pfn(page));
	mutex_unlock(&pram_mutex);
	if (err)
		put_page(page);
	return err ?: 1;
}

/* Other mappings of what was a hole fault again, and find the page that is there now. */
static void pram_unmap_hole(struct vm_area_struct *vma, u64 pos)
{
	unmap_mapping_range(vma->vm_file->f_mapping, (loff_t)pos << PAGE_SHIFT, PAGE_SIZE, 0);
}

/* Clears the entry, so that the access faults again. */
static vm_fault_t pram_fault_again(struct vm_fault *vmf)
{
	zap_page_range_single(vmf->vma, vmf->address & PAGE_MASK, PAGE_SIZE, NULL);
	return VM_FAULT_NOPAGE;
}

/*
 * Pages are mapped read-only first; the first write to a hole adds the page to the node. If a
 * page was mapped before the process resumed, because another process accessed it, the process
 * faults again and gets its memory. It also faults again if the hole was filled through another
 * mapping, and gets the page that is there now.
 */
static vm_fault_t pram_mem_mkwrite(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pram_mem *m = vma->vm_file->private_data;
	int err;

	if (pram_fault_process_runs(vmf, m))
		return pram_fault_again(vmf);
	down_write(&m->lock);
	if (m->state == PRAM_MEM_KEPT)
		err = -EPERM;
	else
		err = pram_fill_hole(m, vmf->pgoff, vmf->page);
	up_write(&m->lock);
	if (err == -EEXIST || err == -EAGAIN)
		return pram_fault_again(vmf);
	if (err > 0)
		pram_unmap_hole(vma, vmf->pgoff);
	if (err < 0)
		return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

/*
 * Access by another process where its page tables do not serve: ptrace may write to a private
 * mapping without VM_WRITE, but not to the shared device mapping.
 */
static int pram_mem_access(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			   int write)
{
	struct pram_mem *m = vma->vm_file->private_data;
	u64 pos = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	struct page *page;
	int err = 0;

	len = min_t(int, len, PAGE_SIZE - offset_in_page(addr));
	down_write(&m->lock);
	if (!m->h || (write && m->state == PRAM_MEM_KEPT)) {
		up_write(&m->lock);
		return -EFAULT;
	}
	page = pram_mem_find_page(m, pos);
	if (page) {
		get_page(page);
	} else {
		page = pram_hole_page(vma->vm_mm, GFP_KERNEL | PRAM_GFP_NO_OOM);
		if (!page)
			err = -ENOMEM;
		else if (write)
			err = pram_fill_hole(m, pos, page);
	}
	if (err >= 0) {
		void *at = page_address(page) + offset_in_page(addr);

		if (write)
			copy_to_user_page(vma, page, addr, at, buf, len);
		else
			copy_from_user_page(vma, page, addr, buf, at, len);
	}
	up_write(&m->lock);
	if (err > 0)
		pram_unmap_hole(vma, pos);
	if (page)
		put_page(page);
	return err < 0 ? err : len;
}

static int pram_mem_mremap(struct vm_area_struct *vma)
{
	return pram_mem_may_split(vma, 0);
}

const struct vm_operations_struct pram_mem_vm_ops = {
	.fault = pram_mem_fault,
	.page_mkwrite = pram_mem_mkwrite,
	.access = pram_mem_access,
	.may_split = pram_mem_may_split,
	.mremap = pram_mem_mremap,
};
