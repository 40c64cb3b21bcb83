// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flags of mappings that are left to the checkpointer, and of the whole mm, which the
 * checkpointer cannot restore because it does not know them: CRIU 4 loses MADV_WIPEONFORK,
 * MAP_DROPPABLE, MLOCK_ONFAULT and mseal(). They are recorded in the process's node and set
 * again while the node is armed, when the checkpointer has recreated all mappings. Those of the
 * mm are in the node's flags.
 *
 * Lock order: see mem.h.
 */
#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/sched/coredump.h>
#include <linux/slab.h>

#include "../internal.h"
#include "mem.h"

static const struct {
	vm_flags_t vm;
	u64 rec;
} lost_flags[] = {
	{ VM_WIPEONFORK, PRAM_VMA_WIPEONFORK },
	{ VM_LOCKONFAULT, PRAM_VMA_LOCKONFAULT },
	{ VM_DROPPABLE, PRAM_VMA_DROPPABLE },
	{ VM_SEALED, PRAM_VMA_SEALED },
};

static u64 pram_lost_flags(vm_flags_t flags)
{
	u64 ret = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lost_flags); i++)
		if (flags & lost_flags[i].vm)
			ret |= lost_flags[i].rec;
	return ret;
}

/**
 * pram_mm_flags - settings of an mm that the checkpointer would lose, for the node
 * @mm: mm of the process
 *
 * These are PR_SET_MDWE (memory-deny-write-execute), mlockall(MCL_FUTURE) and
 * PR_SET_MEMORY_MERGE.
 *
 * Return: PRAM_MM_*
 */
u32 pram_mm_flags(const struct mm_struct *mm)
{
	u32 flags = 0;

	if (test_bit(MMF_HAS_MDWE, &mm->flags))
		flags |= PRAM_MM_MDWE;
	if (test_bit(MMF_HAS_MDWE_NO_INHERIT, &mm->flags))
		flags |= PRAM_MM_MDWE_NO_INHERIT;
	if (mm->def_flags & VM_LOCKED)
		flags |= PRAM_MM_LOCK_FUTURE;
	if (mm->def_flags & VM_LOCKONFAULT)
		flags |= PRAM_MM_LOCK_ONFAULT;
	if (test_bit(MMF_VM_MERGE_ANY, &mm->flags))
		flags |= PRAM_MM_MERGE_ANY;
	return flags;
}

/**
 * pram_restore_mm - set the flags of an mm that pram_mm_flags() has returned
 * @node: memory node
 * @mm: mm of the process that has got the node's memory
 *
 * Sets the bits of PR_SET_MDWE in the same order as prctl(), for concurrent readers.
 * PRAM_MM_MERGE_ANY is not set here, because that can fail: see pram_left_apply().
 *
 * Context: mmap_lock held for writing.
 */
void pram_restore_mm(const struct pram_node *node, struct mm_struct *mm)
{
	if (node->flags & PRAM_MM_LOCK_FUTURE)
		mm->def_flags |= VM_LOCKED;
	if (node->flags & PRAM_MM_LOCK_ONFAULT)
		mm->def_flags |= VM_LOCKONFAULT;
	if (node->flags & PRAM_MM_MDWE_NO_INHERIT)
		set_bit(MMF_HAS_MDWE_NO_INHERIT, &mm->flags);
	if (node->flags & PRAM_MM_MDWE)
		set_bit(MMF_HAS_MDWE, &mm->flags);
}

/* Writable shared memory: pram_exit() finds the tasks that must not change it by their nodes. */
static bool pram_vma_is_shared_writable(const struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_SHARED | VM_WRITE)) == (VM_SHARED | VM_WRITE) &&
	       !(vma->vm_flags & (VM_IO | VM_PFNMAP));
}

/**
 * pram_mm_needs_node - does a process need a node even if all its mappings are small?
 * @mm: mm of the process
 *
 * Context: mmap_lock held.
 */
bool pram_mm_needs_node(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	if (pram_mm_flags(mm))
		return true;
	for_each_vma(vmi, vma)
		if (pram_lost_flags(vma->vm_flags) || pram_vma_is_shared_writable(vma))
			return true;
	return false;
}

/**
 * pram_left_add - append a record to those of mappings that are left to the checkpointer
 * @m: state of the node
 * @rec: the record; extends the last one if it continues it
 *
 * Return: 0, -ENOMEM.
 */
int pram_left_add(struct pram_mem *m, const struct pram_record *rec)
{
	struct pram_record *last = m->nr_left ? &m->left[m->nr_left - 1] : NULL, *left;

	if (last && last->end == rec->start && last->flags == rec->flags) {
		last->end = rec->end;
		return 0;
	}
	/* The array doubles whenever its length is a power of two. */
	if (!(m->nr_left & (m->nr_left - 1))) {
		left = kvrealloc(m->left, max(2 * m->nr_left, 1U) * sizeof(*left),
				 GFP_KERNEL | PRAM_GFP_NO_OOM);
		if (!left)
			return -ENOMEM;
		m->left = left;
	}
	m->left[m->nr_left++] = *rec;
	return 0;
}

/**
 * pram_left_record - record the flags of a mapping that the checkpointer would lose
 * @m: state of the node
 * @vma: mapping that is not taken
 *
 * Return: 0, -ENOMEM.
 */
int pram_left_record(struct pram_mem *m, const struct vm_area_struct *vma)
{
	struct pram_record rec = {
		.start = vma->vm_start,
		.end = vma->vm_end,
		.flags = pram_lost_flags(vma->vm_flags),
	};

	if (!rec.flags)
		return 0;
	rec.flags |= PRAM_VMA_LEFT;
	return pram_left_add(m, &rec);
}

static int pram_left_set(struct vma_iterator *vmi, struct vm_area_struct *vma,
			 struct vm_area_struct **prev, unsigned long start, unsigned long end,
			 u64 flags)
{
	vm_flags_t new = vma->vm_flags;
	unsigned int i;

	if (pram_vma_mem(vma))
		return -ENXIO;
	if (flags & (PRAM_VMA_WIPEONFORK | PRAM_VMA_DROPPABLE) && !vma_is_anonymous(vma))
		return -ENXIO;
	for (i = 0; i < ARRAY_SIZE(lost_flags); i++)
		if (flags & lost_flags[i].rec)
			new |= lost_flags[i].vm;
	if (!(new & VM_LOCKED))
		new &= ~VM_LOCKONFAULT;
	if (new != vma->vm_flags) {
		vma = vma_modify_flags(vmi, *prev, vma, start, end, new);
		if (IS_ERR(vma))
			return PTR_ERR(vma);
		vma_start_write(vma);
		vm_flags_reset(vma, new);
	}
	/*
	 * What the checkpointer has put there is not of the kind that can be dropped. Drop it now,
	 * as the kernel may at any time: a random generator's state then is not used twice.
	 */
	if (flags & PRAM_VMA_DROPPABLE)
		zap_page_range_single(vma, start, end - start, NULL);
	*prev = vma;
	return 0;
}

static int pram_left_apply_record(struct mm_struct *mm, const struct pram_record *rec)
{
	VMA_ITERATOR(vmi, mm, rec->start);
	struct vm_area_struct *vma = vma_iter_load(&vmi), *prev;
	unsigned long at = rec->start;
	int err;

	if (!vma)
		return -ENXIO;
	prev = vma_prev(&vmi);
	if (at > vma->vm_start)
		prev = vma;
	for_each_vma_range(vmi, vma, rec->end) {
		if (vma->vm_start > at)
			return -ENXIO;
		err = pram_left_set(&vmi, vma, &prev, at, min_t(u64, vma->vm_end, rec->end),
				    rec->flags);
		if (err)
			return err;
		at = vma_iter_end(&vmi);
		cond_resched();
	}
	return at < rec->end ? -ENXIO : 0;
}

/**
 * pram_left_apply - set the recorded flags of mappings that the checkpointer has recreated
 * @m: state of the node
 * @mm: mm of the process, which has not run
 *
 * On error some flags are set; the process must not run.
 *
 * Context: mmap_lock and @m->lock held for writing. May sleep.
 * Return: 0; -ENXIO if a mapping is missing or of another kind; -ENOMEM.
 */
int pram_left_apply(struct pram_mem *m, struct mm_struct *mm)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < m->nr_left; i++)
		err = pram_left_apply_record(mm, &m->left[i]);
#ifdef CONFIG_KSM
	if (!err && m->h->node->flags & PRAM_MM_MERGE_ANY)
		err = ksm_enable_merge_any(mm);
#endif
	return err;
}
