// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process whose memory it is.
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

/* The kernel's own workers run nothing of the process's. */
static bool pram_task_uses_mm(const struct task_struct *t, const struct mm_struct *mm)
{
	return READ_ONCE(t->mm) == mm &&
	       !(t->flags & (PF_EXITING | PF_KTHREAD | PF_IO_WORKER | PF_USER_WORKER));
}

/* Does no task run on this memory? */
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
 * pram_mem_mm - the memory of a process that is stopped
 * @pidfd: the process
 *
 * Return: its mm, to be put by mmput(); -EBADF, -ESRCH, -EACCES, -EBUSY, -EINTR.
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

/* The file of the next mapping of a node from @addr on, referenced; NULL if there is none. */
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

/* @runs: the process does, and wants it itself */
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
		fallthrough;
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

/* On a task's way back to its own instructions, or to its end. */
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
 * pram_mem_watch - give a process its memory when the first of its tasks goes on
 * @m: the node's, KEPT or ARMED
 * @mm: the process's, all tasks stopped
 *
 * Before that task executes anything. For whom there is no memory here, the first fault does it.
 */
void pram_mem_watch(struct pram_mem *m, struct mm_struct *mm)
{
	struct task_struct *p, *t;
	struct pram_watch *w;

	rcu_read_lock();
	for_each_process_thread(p, t) {
		w = pram_task_uses_mm(t, mm) ?
			kmalloc(sizeof(*w), GFP_NOWAIT | __GFP_NOWARN) : NULL;
		if (!w)
			continue;
		refcount_inc(&m->refs);
		w->m = m;
		init_task_work(&w->work, pram_task_resumes);
		if (task_work_add(t, &w->work, TWA_RESUME)) {
			refcount_dec(&m->refs);
			kfree(w);
		}
	}
	rcu_read_unlock();
}

/**
 * pram_mem_settle - give a process what is its own before it is dumped
 * @mm: the process's
 *
 * One that was dumped or restored before, and has not touched its memory since, maps
 * nodes: to whoever dumps it that would be no memory of its own.
 *
 * Return: 0, -ENOMEM, -EINTR; -EBUSY if a dump or a restore of it is under way.
 */
int pram_mem_settle(struct mm_struct *mm)
{
	return pram_settle(mm, false);
}

/**
 * pram_fork - give a process what is its own before it is duplicated
 * @mm: the process's, the caller
 *
 * A child would share a mapping of a node with its parent, and only one of them would get
 * what is in it.
 *
 * Return: 0, -ENOMEM, -EINTR, -ENXIO; -EBUSY on the way into the next kernel.
 */
int pram_fork(struct mm_struct *mm)
{
	return atomic_read(&pram_mem_files) ? pram_settle(mm, true) : 0;
}
