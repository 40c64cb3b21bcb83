// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that map nodes: gives them their memory before they fork or are dumped again, and
 * keeps the exit of a process from changing the memory that its restored copy gets.
 *
 * Lock order: see mem.h.
 */
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pram_boot.h>
#include <linux/sched/signal.h>

#include "mem.h"

/*
 * Returns the file of the first mapping of a node at or after @addr, referenced, and sets @addr
 * to the end of that mapping. NULL if there is none.
 */
static struct file *pram_next_mapped_file(struct mm_struct *mm, unsigned long *addr)
{
	VMA_ITERATOR(vmi, mm, *addr);
	struct vm_area_struct *vma;
	struct file *file = NULL;

	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		if (pram_vma_mem(vma)) {
			*addr = vma->vm_end;
			file = get_file(vma->vm_file);
			break;
		}
	}
	mmap_read_unlock(mm);
	return file;
}

static int pram_settle(struct mm_struct *mm, bool runs)
{
	unsigned long addr = 0;
	struct file *file;
	int err = 0;

	while (!err && (file = pram_next_mapped_file(mm, &addr))) {
		err = pram_mem_settle_node(file->private_data, mm, runs);
		fput(file);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

/**
 * pram_mem_settle - give a process its memory before it is dumped
 * @mm: mm of the process
 *
 * A process that was dumped or restored and has not resumed since still maps nodes. A dump
 * would not recognize these mappings as private memory.
 *
 * Context: may sleep. Takes mmap_lock.
 * Return: 0, -ENOMEM, -EINTR; -EBUSY if a dump or restore of the process is in progress.
 */
int pram_mem_settle(struct mm_struct *mm)
{
	return pram_settle(mm, false);
}

/**
 * pram_fork - give the calling process its memory before it forks
 * @mm: mm of the calling process
 *
 * Otherwise parent and child would share a mapping of a node, and only one of them would get
 * the pages.
 *
 * Context: may sleep. Takes mmap_lock.
 * Return: 0, -ENOMEM, -EINTR, -ENXIO; -EBUSY if the jump into the next kernel has begun.
 */
int pram_fork(struct mm_struct *mm)
{
	return atomic_read(&pram_mem_files) ? pram_settle(mm, true) : 0;
}

/* Is the memory of the process in a node from which the process is, or can be, restored? */
static bool pram_mm_is_restorable(struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	bool ret = false;

	mmap_read_lock(mm);
	for_each_vma(vmi, vma) {
		struct pram_mem *m = pram_vma_mem(vma);

		if (m) {
			enum pram_mem_state state = pram_mem_state(m);

			ret = state == PRAM_MEM_KEPT || state == PRAM_MEM_BOUND ||
			      state == PRAM_MEM_ARMED;
			break;
		}
	}
	mmap_read_unlock(mm);
	return ret;
}

/**
 * pram_exit - keep an exiting task from changing memory from which it can be restored
 * @tsk: the calling task, exiting
 * @mm: its mm, NULL for a kernel thread
 *
 * A task is killed after its memory was committed, or before its restore is complete. The
 * restored task gets the memory of the node, and the files and the shared memory as this task
 * leaves them. It must not find its robust mutexes marked as left by a dead owner, nor the word
 * of its thread ID cleared. The locks of the dying task do not concern others: who shares memory
 * with it is killed and restored with it.
 *
 * Context: may sleep. Takes mmap_lock and pram_mem.lock for reading.
 */
void pram_exit(struct task_struct *tsk, struct mm_struct *mm)
{
	if (!mm || !atomic_read(&pram_mem_files) || !pram_mm_is_restorable(mm))
		return;
	tsk->clear_child_tid = NULL;
#ifdef CONFIG_FUTEX
	tsk->robust_list = NULL;
#ifdef CONFIG_COMPAT
	tsk->compat_robust_list = NULL;
#endif
#endif
}
