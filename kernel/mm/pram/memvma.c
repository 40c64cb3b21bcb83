// SPDX-License-Identifier: GPL-2.0-only
/*
 * Converting a VMA in place from private anonymous memory to a shared mapping of a memory
 * node and back.
 *
 * The VMA keeps its anon_vma, so converting it back allocates nothing. The interval tree of
 * the anon_vma is sorted by page offset, which differs between the two types, so the VMA is
 * removed from the tree during the conversion.
 *
 * Lock order: see mem.h.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/rmap.h>

#include "../internal.h"
#include "mem.h"

/*
 * Flags that stay while the VMA maps the device. The commit charge follows VM_ACCOUNT. The mapping
 * is never executable: in a mount namespace whose /dev is "noexec" it could not be created again.
 */
#define STAYING		(VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_ACCOUNT | VM_SOFTDIRTY)
#define DEVICE		(VM_SHARED | VM_MAYSHARE | VM_MIXEDMAP | VM_DONTEXPAND)

/* Changes the type of a VMA without pages. mmap_lock is held for writing. */
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
 * pram_vma_to_device - convert a private anonymous VMA to a mapping of a node
 * @vma: the VMA; all its pages have been taken, its name and VM_LOCKED have been removed
 * @file: file bound to the node; the VMA takes a reference
 * @ops: operations of such a mapping
 * @pos: position of the VMA's first page in the stream, in pages
 *
 * Cannot fail.
 *
 * Context: mmap_lock held for writing.
 */
void pram_vma_to_device(struct vm_area_struct *vma, struct file *file,
			const struct vm_operations_struct *ops, u64 pos)
{
	pram_vma_reshape(vma, file, ops, pos, (vma->vm_flags & STAYING) | DEVICE);
}

/**
 * pram_vma_to_anon - convert a mapping of a node to private anonymous memory
 * @vma: the VMA; it has no pages
 * @area: its description; the VMA takes over @area->name
 *
 * Cannot fail.
 *
 * Context: mmap_lock held for writing.
 */
void pram_vma_to_anon(struct vm_area_struct *vma, struct pram_area *area)
{
	const struct pram_record *rec = &area->rec;
	vm_flags_t flags = pram_record_vm_flags(rec->flags) | (vma->vm_flags & VM_SOFTDIRTY);

	if (flags & VM_LOCKED)
		vma->vm_mm->locked_vm += vma_pages(vma);
	pram_vma_reshape(vma, NULL, NULL, rec->pgoff + vma->vm_pgoff - rec->pos, flags);
#ifdef CONFIG_ANON_VMA_NAME
	vma->anon_name = area->name;
	area->name = NULL;
#endif
}
