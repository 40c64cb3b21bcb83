// SPDX-License-Identifier: GPL-2.0-only
/*
 * VMAs that change what they are, in place: from private anonymous to a shared
 * mapping of a memory node and back; and what that mapping does meanwhile.
 *
 * The VMA keeps its anon_vma all the time, so the way back needs no memory. It is
 * entered there by its page offset, which differs between the two, and so it
 * leaves the interval tree for the moment of the change.
 *
 * Lock order: see mem.h.
 */
#include <linux/file.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched/signal.h>

#include "../internal.h"
#include "mem.h"

#define PROTECTION	(VM_READ | VM_WRITE | VM_EXEC | \
			 VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC)
/* what stays while it is a mapping of the device: charges follow the VMA */
#define STAYING		(PROTECTION | VM_ACCOUNT | VM_SOFTDIRTY)
#define DEVICE		(VM_SHARED | VM_MAYSHARE | VM_MIXEDMAP | VM_DONTEXPAND)

struct pram_mem *pram_vma_mem(const struct vm_area_struct *vma)
{
	return vma->vm_ops == &pram_mem_vm_ops ? vma->vm_file->private_data : NULL;
}

/* No page is mapped. mmap_lock is held for writing. */
static void pram_vma_reshape(struct vm_area_struct *vma, struct file *file,
			     const struct vm_operations_struct *ops, u64 pgoff,
			     vm_flags_t flags)
{
	struct anon_vma *anon_vma = vma->anon_vma;
	struct file *old = vma->vm_file;

	vma_start_write(vma);
	if (old)
		unlink_file_vma(vma);
	if (anon_vma) {
		anon_vma_lock_write(anon_vma);
		anon_vma_interval_tree_pre_update_vma(vma);
	}
	vm_stat_account(vma->vm_mm, vma->vm_flags, -(long)vma_pages(vma));
	vma->vm_pgoff = pgoff;
	vma->vm_file = file ? get_file(file) : NULL;
	vma->vm_ops = ops;
	vm_flags_reset(vma, flags);
	vm_stat_account(vma->vm_mm, flags, vma_pages(vma));
	if (anon_vma) {
		anon_vma_interval_tree_post_update_vma(vma);
		anon_vma_unlock_write(anon_vma);
	}
	vma_set_page_prot(vma);
	if (file)
		vma_link_file(vma);
	if (old)
		fput(old);
}

/**
 * pram_vma_to_device - make a private anonymous VMA a mapping of a node
 * @vma: the VMA; all its pages have been taken, its name and VM_LOCKED are gone
 * @file: bound to the node
 * @pos: position of its first page
 *
 * Cannot fail. Context: mmap_lock held for writing.
 */
void pram_vma_to_device(struct vm_area_struct *vma, struct file *file, u64 pos)
{
	pram_vma_reshape(vma, file, &pram_mem_vm_ops, pos, (vma->vm_flags & STAYING) | DEVICE);
}

/**
 * pram_vma_to_anon - make a mapping of a node private anonymous memory
 * @vma: the VMA; nothing is mapped in it
 * @area: what it was; its name is used up
 * @protection: VM_READ, VM_WRITE and so on that it gets
 *
 * Cannot fail.
 *
 * Context: mmap_lock held for writing.
 */
void pram_vma_to_anon(struct vm_area_struct *vma, struct pram_area *area,
		      vm_flags_t protection)
{
	const struct pram_record *rec = &area->rec;
	vm_flags_t flags = pram_record_vm_flags(rec->flags);

	flags = (flags & ~PROTECTION) | (protection & PROTECTION) |
		(vma->vm_flags & VM_SOFTDIRTY);
	if (flags & VM_LOCKED)
		vma->vm_mm->locked_vm += vma_pages(vma);
	pram_vma_reshape(vma, NULL, NULL, rec->pgoff + vma->vm_pgoff - rec->pos, flags);
#ifdef CONFIG_ANON_VMA_NAME
	vma->anon_name = area->name;
	area->name = NULL;
#endif
}

/* the page at a position, or NULL for a hole */
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

/* It is not the node's before somebody writes to it. */
static struct page *pram_hole_page(struct mm_struct *mm)
{
	struct page *page = pram_alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (page && mem_cgroup_charge(page_folio(page), mm, GFP_KERNEL)) {
		__free_page(page);
		return NULL;
	}
	/* rss counts it as what it is when it is mapped and when it is unmapped */
	if (page) {
		__folio_mark_uptodate(page_folio(page));
		__folio_set_swapbacked(page_folio(page));
	}
	return page;
}

/* Can the page tables be unlocked meanwhile? */
static bool pram_fault_may_retry(const struct vm_fault *vmf)
{
	return (vmf->flags & (FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT)) ==
	       FAULT_FLAG_ALLOW_RETRY;
}

/*
 * Does the process itself want it, by an instruction or a system call? By some calls it
 * looks at itself as at any other process.
 */
static bool pram_fault_is_own_access(const struct vm_fault *vmf)
{
	return current->mm == vmf->vma->vm_mm &&
	       (!(vmf->flags & FAULT_FLAG_REMOTE) || pram_fault_may_retry(vmf));
}

/*
 * That means that it runs, if it was kept or armed: pram_mem_watch() should have been
 * first, this is for what it could not do. While it is restored, the kernel looks
 * at its memory on its behalf (rseq and the like): there its own instructions tell.
 */
static bool pram_fault_process_runs(const struct vm_fault *vmf, struct pram_mem *m)
{
	switch (pram_mem_state(m)) {
	case PRAM_MEM_KEPT:
	case PRAM_MEM_ARMED:
		return pram_fault_is_own_access(vmf);
	case PRAM_MEM_BOUND:
		/* what could not be done is not tried again: see process_runs() */
		return pram_fault_is_own_access(vmf) && vmf->flags & FAULT_FLAG_USER &&
		       !(vmf->flags & FAULT_FLAG_TRIED);
	default:
		return false;
	}
}

/* It gets its memory: all of it, with the page tables unlocked. */
static vm_fault_t pram_fault_give_memory(struct vm_fault *vmf, struct pram_mem *m)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	struct file *file;

	if (!pram_fault_may_retry(vmf))
		return VM_FAULT_SIGBUS;
	/* It is being ended, and clears the word at clear_child_tid: no reason to copy. */
	if (current->flags & PF_EXITING || fatal_signal_pending(current))
		return VM_FAULT_SIGBUS;
	/* the VMA may go, and the last reference to @m with it */
	file = get_file(vmf->vma->vm_file);
	release_fault_lock(vmf);
	/* what fails is tried again: only so the caller learns that nothing is locked */
	if (pram_mem_state(m) == PRAM_MEM_KEPT)
		pram_mem_unshare(m, mm);
	else
		pram_mem_run(m, mm);
	fput(file);
	return VM_FAULT_RETRY;
}

static vm_fault_t pram_mem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pram_mem *m = vma->vm_file->private_data;
	struct page *page;

	if (pram_fault_process_runs(vmf, m))
		return pram_fault_give_memory(vmf, m);
	/* of another kernel's pages a large folio is made at the first look: by one */
	down_write(&m->lock);
	if (!m->h || (m->state == PRAM_MEM_KEPT && vmf->flags & FAULT_FLAG_WRITE)) {
		up_write(&m->lock);
		return VM_FAULT_SIGBUS;
	}
	page = pram_mem_find_page(m, vmf->pgoff);
	if (page)
		get_page(page);
	else
		page = pram_hole_page(vma->vm_mm);
	up_write(&m->lock);
	vmf->page = page;
	return page ? 0 : VM_FAULT_OOM;
}

static int pram_fill_hole(struct pram_mem *m, u64 pos, struct page *page)
{
	struct pram_stream own;
	int err;

	if (!m->h || pram_mem_find_page(m, pos))
		return m->h ? 0 : -ENODEV;
	if (!m->ps)
		pram_stream_init(&own, m->h, GFP_KERNEL);
	folio_set_dirty(page_folio(page));
	get_page(page);
	/* sealing walks the links */
	mutex_lock(&pram_mutex);
	err = pram_stream_fill(m->ps ?: &own, pos, page_to_pfn(page));
	mutex_unlock(&pram_mutex);
	if (err)
		put_page(page);
	return err;
}

/*
 * Pages are mapped read-only first: a write to a hole makes it one of the node's. If
 * others had a look and mapped the page before the process ran, it goes, to fault again.
 */
static vm_fault_t pram_mem_mkwrite(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct pram_mem *m = vma->vm_file->private_data;
	int err;

	if (pram_fault_process_runs(vmf, m)) {
		zap_page_range_single(vma, vmf->address & PAGE_MASK, PAGE_SIZE, NULL);
		return VM_FAULT_NOPAGE;
	}
	down_write(&m->lock);
	if (m->state == PRAM_MEM_KEPT)
		err = -EPERM;
	else
		err = pram_fill_hole(m, vmf->pgoff, vmf->page);
	up_write(&m->lock);
	if (err)
		return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	lock_page(vmf->page);
	return VM_FAULT_LOCKED;
}

/* While pages may have to go back, mappings stay whole and where they are. */
static int pram_mem_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	const struct pram_mem *m = vma->vm_file->private_data;

	return READ_ONCE(m->state) == PRAM_MEM_KEPT ? 0 : -EBUSY;
}

static int pram_mem_mremap(struct vm_area_struct *vma)
{
	return pram_mem_may_split(vma, 0);
}

const struct vm_operations_struct pram_mem_vm_ops = {
	.fault = pram_mem_fault,
	.page_mkwrite = pram_mem_mkwrite,
	.may_split = pram_mem_may_split,
	.mremap = pram_mem_mremap,
};
