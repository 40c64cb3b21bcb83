// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving a process's memory into a node: selects the mappings, takes all of them or none,
 * and gives them back if there is no commit.
 *
 * Lock order: see mem.h.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/freezer.h>
#include <linux/memcontrol.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagevec.h>
#include <linux/pkeys.h>
#include <linux/ptrace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/userfaultfd_k.h>

#include "folio.h"
#include "mem.h"

/* Pages may be swapped out again between the swap-in and taking mmap_lock for writing. */
#define SWAP_TRIES	10

/* Waits for pinned pages in one call: many mappings that stay pinned must not cost seconds. */
#define PIN_WAITS	100

/* Is this private anonymous memory that has had a page? */
static bool pram_vma_is_candidate(struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) && vma->anon_vma;
}

/*
 * Has the mapping a protection key? The kernel sets the one of an execute-only mapping itself,
 * also when a checkpointer recreates the mapping.
 */
static bool pram_vma_has_key(struct vm_area_struct *vma)
{
	return vma_pkey(vma) && (vma->vm_flags & VM_ACCESS_FLAGS) != VM_EXEC;
}

static u32 pram_vma_why_left(struct vm_area_struct *vma, u64 min_bytes)
{
	if (pram_vma_has_key(vma))
		return PRAM_LEFT_PKEY;
	if (userfaultfd_armed(vma))
		return PRAM_LEFT_UFFD;
	if (vma->vm_flags & (VM_GROWSDOWN | VM_GROWSUP))
		return PRAM_LEFT_STACK;
	if (pram_record_flags(vma->vm_flags) == U64_MAX)
		return PRAM_LEFT_FLAGS;
	if (vma->vm_end - vma->vm_start < min_bytes)
		return PRAM_LEFT_SMALL;
	return PRAM_LEFT_NO;
}

static int pram_swap_in(struct mm_struct *mm, u64 min_bytes)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	int err = 0;

	if (mmap_read_lock_killable(mm))
		return -EINTR;
	if (pram_mm_needs_node(mm))
		min_bytes = 0;	/* a small mapping may be taken */
	for_each_vma(vmi, vma) {
		if (pram_vma_is_candidate(vma) && !pram_vma_why_left(vma, min_bytes))
			err = pram_area_swap_in(vma);
		if (err)
			break;
	}
	mmap_read_unlock(mm);
	return err;
}

static void pram_describe_vma(struct pram_area *area, struct vm_area_struct *vma, u64 pos)
{
	struct anon_vma_name *name = anon_vma_name(vma);

	area->rec = (struct pram_record){
		.start = vma->vm_start,
		.end = vma->vm_end,
		.pos = pos,
		.pgoff = vma->vm_pgoff,
		.flags = pram_record_flags(vma->vm_flags),
	};
	if (name)
		strscpy(area->rec.name, name->name, PRAM_VMA_NAME_MAX);
	if (vma_policy(vma))
		mpol_to_str(area->rec.policy, PRAM_VMA_POLICY_MAX, vma_policy(vma));
}

static int pram_take_vma(struct pram_mem *m, struct pram_stream *ps,
			 struct vm_area_struct *vma, struct file *file, u64 pos,
			 u64 max_shared, struct pram_vma *info)
{
	bool leave_shared = vma->vm_end - vma->vm_start <= max_shared;
	struct pram_area *area = &m->area[m->nr];
	vm_flags_t locked = vma->vm_flags & VM_LOCKED_MASK;
	int err;

	pram_describe_vma(area, vma, pos);
	/* Clear VM_LOCKED first, otherwise removing the rmap munlocks each page later. */
	vma_start_write(vma);
	vm_flags_clear(vma, VM_LOCKED_MASK);
	err = pram_area_take(ps, vma, pos, leave_shared, &m->waits_left, info);
	if (err) {
		vm_flags_set(vma, locked);
		return err;
	}
	if (locked & VM_LOCKED)
		vma->vm_mm->locked_vm -= vma_pages(vma);
#ifdef CONFIG_ANON_VMA_NAME
	/* A file mapping with an anon_name would be shown as anonymous shared memory. */
	area->name = vma->anon_name;
	vma->anon_name = NULL;
#endif
	pram_vma_to_device(vma, file, &pram_mem_vm_ops, pos);
	m->nr++;
	return 0;
}

/*
 * Mappings of other kinds are reported if the checkpointer cannot keep what they have. A mapping
 * that was taken is not anonymous any more.
 */
static bool pram_vma_is_reported(struct vm_area_struct *vma, const struct pram_vma *info)
{
	return pram_vma_is_candidate(vma) || pram_vma_mem(vma) ||
	       info->left == PRAM_LEFT_PKEY || info->left == PRAM_LEFT_UFFD;
}

static void pram_take_report(struct pram_take *arg, struct pram_vma *vmas, u32 room,
			     const struct pram_vma *info)
{
	if (arg->nr_vmas < room)
		vmas[arg->nr_vmas] = *info;
	arg->nr_vmas++;
	arg->pages += info->pages;
	arg->copied += info->copied;
}

/*
 * Takes a mapping, or records what the checkpointer would lose. @force: takes it however small it
 * is. Sets @ret_pos to the end of the stream.
 */
static int pram_take_or_leave(struct pram_mem *m, struct pram_stream *ps,
			      struct vm_area_struct *vma, struct file *file, u64 *ret_pos,
			      const struct pram_take *arg, bool force, struct pram_vma *info)
{
	int err;

	if (!pram_vma_is_candidate(vma))
		return pram_left_record(m, vma);
	force &= info->left == PRAM_LEFT_SMALL;
	if (force)
		info->left = PRAM_LEFT_NO;
	if (info->left)
		return pram_left_record(m, vma);
	err = pram_take_vma(m, ps, vma, file, *ret_pos, force ? 0 : arg->max_shared, info);
	if (err == -EOPNOTSUPP)
		return pram_left_record(m, vma);
	if (!err)
		*ret_pos += vma_pages(vma);
	return err;
}

/* @force: take at least one mapping, however small */
static int pram_take_vmas(struct pram_mem *m, struct pram_stream *ps, struct mm_struct *mm,
			  struct file *file, struct pram_take *arg, struct pram_vma *vmas,
			  u32 room, bool force)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	u64 pos = 0;
	int err;

	arg->nr_vmas = 0;
	arg->pages = 0;
	arg->copied = 0;
	m->nr_left = 0;
	for_each_vma(vmi, vma) {
		struct pram_vma info = { .start = vma->vm_start, .end = vma->vm_end };

		info.left = pram_vma_why_left(vma, arg->min_bytes);
		err = pram_take_or_leave(m, ps, vma, file, &pos, arg, force && !m->nr, &info);
		if (err)
			return err;
		if (pram_vma_is_reported(vma, &info))
			pram_take_report(arg, vmas, room, &info);
	}
	return 0;
}

static int pram_take_all_vmas(struct pram_mem *m, struct pram_stream *ps, struct mm_struct *mm,
			      struct file *file, struct pram_take *arg, struct pram_vma *vmas)
{
	bool needed = pram_mm_needs_node(mm);
	u32 room = arg->nr_vmas;
	int err;

	m->waits_left = PIN_WAITS;
	kvfree(m->area);
	m->area = kvcalloc(mm->map_count, sizeof(*m->area), GFP_KERNEL | PRAM_GFP_NO_OOM);
	if (!m->area)
		return -ENOMEM;
	err = pram_take_vmas(m, ps, mm, file, arg, vmas, room, false);
	/* A node exists after a restore only as the memory of a mapping. */
	if (!err && needed && !m->nr)
		err = pram_take_vmas(m, ps, mm, file, arg, vmas, room, true);
	if (!err && !m->nr && (m->nr_left || pram_mm_flags(mm)))
		err = -EOPNOTSUPP;
	if (!err && m->nr)
		err = pram_records_write(m, ps);
	return err;
}

static void pram_give_back_vmas(struct pram_mem *m, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;
	struct pram_cursor cur;

	pram_cursor_init(&cur, m->h);
	for_each_vma(vmi, vma) {
		u64 pos = vma->vm_pgoff;

		if (pram_vma_mem(vma) != m)
			continue;
		zap_vma_pages(vma);
		pram_vma_to_anon(vma, pram_mem_area(m, pos));
		/* munmap() may have removed VMAs; pram_free_unmapped() frees their pages. */
		pram_area_map(vma, m->h, &cur, pos, vma_pages(vma));
	}
}

/* Frees what is left in the node: the pages of mappings that do not exist any more, and records. */
static void pram_free_unmapped(struct pram_mem *m)
{
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, m->h);
	while (pram_cursor_next(&cur, &ext)) {
		pram_cursor_take(&cur, &ext);
		pram_free_pages(ext.pfn, ext.order, ext.nr, false);
	}
	mutex_lock(&pram_mutex);
	pram_node_forget(m->h);
	mutex_unlock(&pram_mutex);
}

static void pram_give_back(struct pram_mem *m, struct mm_struct *mm)
{
	unsigned int i;

	if (mm)
		pram_give_back_vmas(m, mm);
	pram_free_unmapped(m);
	/* Drop the names of mappings that do not exist any more; the other VMAs got theirs back. */
	for (i = 0; i < m->nr; i++)
		anon_vma_name_put(m->area[i].name);
	m->nr = 0;
}

static int pram_take_locked(struct pram_mem *m, struct pram_stream *ps,
			    struct mm_struct *mm, struct file *file, struct pram_take *arg,
			    struct pram_vma *vmas)
{
	u32 room = arg->nr_vmas;
	int err;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	down_write(&m->lock);
	err = pram_take_all_vmas(m, ps, mm, file, arg, vmas);
	if (err) {
		pram_give_back(m, mm);
		pram_stream_init(ps, m->h, ps->gfp_mask);
		arg->nr_vmas = room;
	} else if (m->nr) {
		m->h->node->flags = pram_mm_flags(mm);
		m->file = file;
		m->ps = ps;
	}
	up_write(&m->lock);
	mmap_write_unlock(mm);
	return err;
}

/**
 * pram_mem_take - move a process's memory into a node under construction
 * @ps: the node's stream, empty; must stay valid until pram_mem_commit() or
 *	pram_mem_give_back()
 * @dev: file of /dev/pram in the process's mount namespace
 * @arg: argument of the call; its output fields are set
 * @vmas: array of @arg->nr_vmas results
 *
 * Context: may sleep. Takes mmap_lock and the lock of the node's state for writing.
 * Return: 0, or -errno, see struct pram_take. On error nothing has changed.
 */
int pram_mem_take(struct pram_stream *ps, struct file *dev, struct pram_take *arg,
		  struct pram_vma *vmas)
{
	struct mm_struct *mm = pram_mem_mm(arg->pidfd);
	struct pram_mem *m;
	unsigned int tries = 0;
	struct file *file;
	int err;

	if (IS_ERR(mm))
		return PTR_ERR(mm);
	err = pram_mem_settle(mm);
	m = err ? NULL : pram_mem_new(ps->node);
	if (!m) {
		mmput(mm);
		return err ?: -ENOMEM;
	}
	file = pram_mem_file(m, &dev->f_path);
	err = PTR_ERR_OR_ZERO(file);
	if (!err) {
		mmgrab(mm);
		m->mm = mm;
		do {
			err = pram_swap_in(mm, arg->min_bytes);
			/* Drain once, otherwise many page tables would need a retry. */
			lru_add_drain_all();
			if (!err)
				err = pram_take_locked(m, ps, mm, file, arg, vmas);
		} while (err == -EFAULT && tries++ < SWAP_TRIES);
		fput(file);
	}
	mmput(mm);
	if (err)
		pram_mem_detach(ps->node);
	return err == -EFAULT ? -EBUSY : err;
}

/**
 * pram_mem_give_back - put all pages of a node back into the process
 * @h: node under construction, filled by pram_mem_take()
 *
 * Cannot fail. If the process has died, the pages are freed. The node is empty afterwards.
 *
 * Context: may sleep. Takes mmap_lock and the lock of the node's state for writing.
 */
void pram_mem_give_back(struct pram_handle *h)
{
	struct pram_mem *m = h->mem;
	struct mm_struct *mm = m->mm;
	bool alive = mmget_not_zero(mm);

	refcount_inc(&m->refs);
	if (alive)
		mmap_write_lock(mm);
	down_write(&m->lock);
	pram_give_back(m, alive ? mm : NULL);
	pram_mem_detach(h);
	up_write(&m->lock);
	if (alive) {
		mmap_write_unlock(mm);
		mmput(mm);
	}
	pram_mem_unref(m);
}

static void pram_unmap_all(struct pram_mem *m, struct mm_struct *mm)
{
	VMA_ITERATOR(vmi, mm, 0);
	struct vm_area_struct *vma;

	for_each_vma(vmi, vma)
		if (pram_vma_mem(vma) == m)
			zap_vma_pages(vma);
}

/**
 * pram_mem_commit - make a node a checkpoint that the process cannot change any more
 * @h: node under construction, filled by pram_mem_take()
 *
 * Cannot fail. If the process resumes later, it gets a copy. The caller is
 * pram_claims_commit(), which makes the node READY next.
 *
 * Context: may sleep. Takes mmap_lock and the lock of the node's state for writing.
 */
void pram_mem_commit(struct pram_handle *h)
{
	struct pram_mem *m = h->mem;
	bool alive = mmget_not_zero(m->mm);
	struct folio_batch batch;
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	folio_batch_init(&batch);
	if (alive)
		mmap_write_lock(m->mm);
	down_write(&m->lock);
	if (alive)
		pram_unmap_all(m, m->mm);
	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		for (i = 0; i < ext.nr; i++) {
			struct folio *folio = pfn_folio(ext.pfn + ((u64)i << ext.order));

			pram_folio_clean(folio);
			if (folio_batch_add(&batch, folio))
				continue;
			mem_cgroup_uncharge_folios(&batch);
			folio_batch_reinit(&batch);
			cond_resched();
		}
	}
	mem_cgroup_uncharge_folios(&batch);
	h->node->data_len = (h->node->nr_pages -
			     DIV_ROUND_UP(m->nr + m->nr_left, PRAM_RECORDS)) << PAGE_SHIFT;
	m->ps = NULL;
	m->state = PRAM_MEM_KEPT;
	if (alive)
		pram_mem_watch(m, m->mm, pram_mem_resume);
	up_write(&m->lock);
	if (alive) {
		mmap_write_unlock(m->mm);
		mmput(m->mm);
	}
}
