// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tasks of a process whose memory is in a node: checks that they are stopped, and watches for
 * the first that resumes.
 *
 * Lock order: see mem.h.
 */
#include <linux/err.h>
#include <linux/freezer.h>
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

/* Task work of a stopped task: runs when the task resumes or exits. */
struct pram_watch {
	struct callback_head work;
	struct pram_mem *m;
	pram_resume_fn resume;
};

static void pram_task_resumes(struct callback_head *work)
{
	struct pram_watch *w = container_of(work, struct pram_watch, work);

	if (!(current->flags & PF_EXITING) && !fatal_signal_pending(current) && current->mm)
		w->resume(w->m, current->mm);
	pram_mem_unref(w->m);
	kfree(w);
}

/**
 * pram_mem_watch - give a process its memory when its first task resumes
 * @m: state of the node, KEPT or ARMED
 * @mm: mm of the process, all tasks stopped
 * @resume: gives the process its memory
 *
 * Adds task work to all tasks. It runs before the task executes an instruction, and holds a
 * reference to @m. If the task work cannot be allocated, the first page fault of the task
 * does the same, see pram_fault_process_runs().
 *
 * Context: @m->lock held for writing.
 * Return: 0; -ENOMEM if a task has no task work.
 */
int pram_mem_watch(struct pram_mem *m, struct mm_struct *mm, pram_resume_fn resume)
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
		w->resume = resume;
		init_task_work(&w->work, pram_task_resumes);
		if (task_work_add(t, &w->work, TWA_RESUME)) {
			refcount_dec(&m->refs);
			kfree(w);
		}
	}
	rcu_read_unlock();
	return err;
}
