// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that map a node: finds them, checks that they are stopped, and gives them their
 * memory when they resume, fork or are dumped again, and lets them exit quietly.
 *
 * Lock order: see mem.h.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/freezer.h>
#include <linux/mm.h>
#include <linux/pram_boot.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>

#include "mem.h"

/* Kernel workers that use the mm are ignored: they execute no instruction of the process. */
static bool pram_task_uses_mm(const struct task_struct *t, const struct mm_struct *mm)
{
	return READ_ONCE(t->mm) == mm &&
	       !(t->flags & (PF_EXITING | PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER));
}

/* Are all tasks that use the mm stopped? */
static bool pram_all_stopped(const struct mm_struct *mm)
{
	struct task_struct *p, *t;
	bool ret = true;

	rcu_read_lock();
	for_each_process_thread(p, t)
		if (pram_task_uses_mm(t, mm) && !task_is_stopped_or_traced(t) && !frozen(t))
			ret = false;
	rcu_read_unlock();
	return ret;
}

/**
 * pram_mem_mm - get the mm of a stopped process
 * @pidfd: pidfd of the process
 *
 * Return: the mm, to be released by mmput(); ERR_PTR() of -EBADF, -ESRCH, -EACCES, -EBUSY
 * if a task is not stopped, -EINTR.
 */
struct mm_struct *pram_mem_mm(int pidfd)
{
	unsigned int flags;
	struct task_struct *task = pidfd_get_task(pidfd, &flags);
	struct mm_struct *mm;

	if (IS_ERR(task))
		return ERR_CAST(task);
	mm = mm_access(task, PTRACE_MODE_ATTACH_REALCREDS);
	put_task_struct(task);
	if (!IS_ERR(mm) && (mm == current->mm || !pram_all_stopped(mm))) {
		mmput(mm);
		return ERR_PTR(-EBUSY);
	}
	return mm;
}

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

/*
 * Gives the process its memory of one node. @runs: the caller is the process itself; otherwise
 * it is about to be dumped, and a dump or restore in progress is an error.
 */
static int pram_settle_node(struct pram_mem *m, struct mm_struct *mm, bool runs)
{
	switch (pram_mem_state(m)) {
	case PRAM_MEM_KEPT:
		return pram_mem_unshare(m, mm);
	case PRAM_MEM_ARMED:
		if (!runs)
			return pram_mem_finish(m);
		return pram_mem_run(m, mm);
	case PRAM_MEM_BOUND:
		if (runs)
			return pram_mem_run(m, mm);
		return -EBUSY;
	case PRAM_MEM_TAKEN:
		/* Somebody has resumed it during the dump: a child would share the mapping. */
		return -EBUSY;
	default:
		return runs ? 0 : -EBUSY;
	}
}

static int pram_settle(struct mm_struct *mm, bool runs)
{
	unsigned long addr = 0;
	struct file *file;
	int err = 0;

	while (!err && (file = pram_next_mapped_file(mm, &addr))) {
		err = pram_settle_node(file->private_data, mm, runs);
		fput(file);
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	return err;
}

/* Task work of a stopped task: runs when the task resumes or exits. */
struct pram_watch {
	struct callback_head work;
	struct pram_mem *m;
};

static void pram_task_resumes(struct callback_head *work)
{
	struct pram_watch *w = container_of(work, struct pram_watch, work);
	bool ends = current->flags & PF_EXITING || fatal_signal_pending(current);

	if (!ends && current->mm && pram_mem_state(w->m) != PRAM_MEM_BOUND)
		pram_settle_node(w->m, current->mm, true);
	pram_mem_unref(w->m);
	kfree(w);
}

/**
 * pram_mem_watch - give a process its memory when its first task resumes
 * @m: state of the node, KEPT or ARMED
 * @mm: mm of the process, all tasks stopped
 *
 * Adds task work to all tasks. It runs before the task executes an instruction, and holds a
 * reference to @m. If the task work cannot be allocated, the first page fault of the task
 * does the same, see pram_fault_process_runs().
 *
 * Context: @m->lock held for writing.
 * Return: 0; -ENOMEM if a task has no task work.
 */
int pram_mem_watch(struct pram_mem *m, struct mm_struct *mm)
{
	struct task_struct *p, *t;
	struct pram_watch *w;
	int err = 0;

	rcu_read_lock();
	for_each_process_thread(p, t) {
		if (!pram_task_uses_mm(t, mm))
			continue;
		w = kmalloc(sizeof(*w), GFP_NOWAIT | __GFP_NOWARN);
		if (!w) {
			err = -ENOMEM;
			continue;
		}
		refcount_inc(&m->refs);
		w->m = m;
		init_task_work(&w->work, pram_task_resumes);
		if (task_work_add(t, &w->work, TWA_RESUME)) {
			refcount_dec(&m->refs);
			kfree(w);
		}
	}
	rcu_read_unlock();
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

/* Is the memory of the process in a node that its later self will get? */
static bool pram_mm_continues_elsewhere(struct mm_struct *mm)
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
 * pram_exit - let a task exit without a trace in memory, if its later self continues
 * @tsk: the calling task, exiting
 * @mm: its mm, NULL for a kernel thread
 *
 * A task is killed after its memory was committed, or before its restore is complete. The later
 * self has the memory of the node, and the files and the shared memory as this task leaves them.
 * It must not find its robust mutexes marked as left by a dead owner, nor the word of its thread
 * ID cleared. The locks of the dying task do not concern others: who shares memory with it is
 * killed and restored with it.
 *
 * Context: may sleep. Takes mmap_lock and pram_mem.lock for reading.
 */
void pram_exit(struct task_struct *tsk, struct mm_struct *mm)
{
	if (!mm || !atomic_read(&pram_mem_files) || !pram_mm_continues_elsewhere(mm))
		return;
	tsk->clear_child_tid = NULL;
#ifdef CONFIG_FUTEX
	tsk->robust_list = NULL;
#ifdef CONFIG_COMPAT
	tsk->compat_robust_list = NULL;
#endif
#endif
}
