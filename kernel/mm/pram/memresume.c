// SPDX-License-Identifier: GPL-2.0-only
/*
 * Giving a process the memory of a node that it maps, in two steps:
 *
 *   arm     does everything that can fail (memready.c). The node keeps its pages; if the
 *           process dies, the node becomes READY again.
 *   finish  moves the pages (memrestore.c). Cannot fail.
 *
 * A restore arms all processes of a tree before any of them resumes. Until then no memory can
 * be lost. A process that resumes otherwise gets its memory here as well.
 *
 * Lock order: see mem.h.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "mem.h"

/*
 * A process that resumes in executable memory needs the task work, because an instruction fetch
 * from the mapping of the device is a SIGSEGV.
 */
static bool pram_mem_executes(const struct pram_mem *m)
{
	unsigned int i;

	for (i = 0; i < m->nr; i++)
		if (m->area[i].rec.flags & PRAM_VMA_EXEC)
			return true;
	return false;
}

/*
 * Ends the calling process: there is no room for a copy of its memory, and it cannot run without.
 * Like the OOM killer, but it is this process that needs too much.
 */
void pram_mem_no_room(void)
{
	pr_err("process %d (%s) killed: no memory for a copy of what is in its node\n",
	       task_tgid_nr(current), current->comm);
	force_fatal_sig(SIGKILL);
}

/* Called by the first task that resumes. */
void pram_mem_resume(struct pram_mem *m, struct mm_struct *mm)
{
	enum pram_mem_state state = pram_mem_state(m);

	if (state != PRAM_MEM_BOUND && pram_mem_settle_node(m, mm, true) == -ENOMEM &&
	    state == PRAM_MEM_KEPT)
		pram_mem_no_room();
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
	err = pram_mem_watch(m, mm, pram_mem_resume);
	if (err && pram_mem_executes(m)) {
		pram_put_undo(m);
		m->state = PRAM_MEM_BOUND;
		return err;
	}
	return 0;
}

/**
 * pram_mem_arm - prepare a node to become the memory of a process that has mapped it
 * @h: memory node in state LOADING, owned by the caller; on success owned by the process
 * @m: state of the node, to which the caller holds a reference for pram_mem_finish(); NULL if
 *	nobody had bound a descriptor to the node when the caller looked
 * @arg: argument of the call; its output fields are set
 *
 * Context: may sleep. Takes mmap_lock and pram_mem.lock for writing.
 * Return: 0, or -errno, see struct pram_put. On error the process and the node are unchanged.
 */
int pram_mem_arm(struct pram_handle *h, struct pram_mem *m, struct pram_put *arg)
{
	struct mm_struct *mm = pram_mem_mm(arg->pidfd);
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

/* Makes a READY node LOADING on behalf of the process. Fails if a descriptor has it open. */
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
 * pram_mem_run - give a process that resumes the memory of a node that it maps
 * @m: state of the node; ARMED, or BOUND if the restorer has died before it armed the node
 * @mm: mm of the process
 *
 * On error the mappings continue to serve the node's pages.
 *
 * Context: may sleep. Takes mmap_lock and @m->lock for writing.
 * Return: 0; -ENOMEM; -EINTR; -ENXIO if the mappings have changed; -EBUSY if the jump into
 * the next kernel has begun.
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
		err = pram_put_finish(m);
	up_write(&m->lock);
	mmap_write_unlock(mm);
	/* After sealing the process must not resume in this kernel. Do not retry in a busy loop. */
	if (err == -EBUSY)
		schedule_timeout_killable(1);
	return err;
}

/**
 * pram_mem_settle_node - give a process its memory of one node
 * @m: state of the node
 * @mm: mm of the process
 * @runs: the caller is the process itself; otherwise it is about to be dumped, and a dump or
 *	restore in progress is an error
 *
 * Context: may sleep. Takes mmap_lock and @m->lock for writing.
 * Return: 0, -ENOMEM, -EINTR, -ENXIO, -ESRCH, -EBUSY.
 */
int pram_mem_settle_node(struct pram_mem *m, struct mm_struct *mm, bool runs)
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
