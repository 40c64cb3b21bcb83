// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of a memory node that was taken or bound, and finding it from a mapping.
 *
 * Lock order: see mem.h.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "mem.h"

/* Number of bound descriptors of all nodes. */
atomic_t pram_mem_files;

void pram_mem_unref(struct pram_mem *m)
{
	unsigned int i;

	if (!refcount_dec_and_test(&m->refs))
		return;
	for (i = 0; i < m->nr; i++)
		anon_vma_name_put(m->area[i].name);
	if (m->mm)
		mmdrop(m->mm);
	kvfree(m->area);
	kvfree(m->left);
	kfree(m);
}

/*
 * Separates a node from its state before the node is freed. Either nothing maps the node, or
 * the caller holds the lock of the struct pram_mem for writing.
 */
void pram_mem_detach(struct pram_handle *h)
{
	struct pram_mem *m = h->mem;

	if (!m)
		return;
	m->h = NULL;
	m->ps = NULL;
	h->mem = NULL;
	h->detach = NULL;
	pram_mem_unref(m);
}

/**
 * pram_mem_new - allocate the state that a node needs to be mapped
 * @h: memory node
 *
 * Context: the caller holds pram_mutex or owns the node.
 * Return: the state, also stored in @h->mem and freed by pram_mem_detach(); NULL without
 * memory.
 */
struct pram_mem *pram_mem_new(struct pram_handle *h)
{
	struct pram_mem *m = kzalloc(sizeof(*m), GFP_KERNEL);

	if (!m)
		return NULL;
	refcount_set(&m->refs, 1);
	init_rwsem(&m->lock);
	m->h = h;
	h->mem = m;
	h->detach = pram_mem_detach;
	return m;
}

/* Is a descriptor bound to the node? */
bool pram_mem_busy(const struct pram_handle *h)
{
	return h->mem && atomic_read(&h->mem->files);
}

enum pram_mem_state pram_mem_state(struct pram_mem *m)
{
	enum pram_mem_state state;

	down_read(&m->lock);
	state = m->state;
	up_read(&m->lock);
	return state;
}

/* Returns the area that contains the position, or NULL. The caller holds @m->lock. */
struct pram_area *pram_mem_area(struct pram_mem *m, u64 pos)
{
	unsigned int low = 0, high = m->nr;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct pram_record *rec = &m->area[mid].rec;

		if (pos < rec->pos)
			high = mid;
		else if (pos - rec->pos >= (rec->end - rec->start) >> PAGE_SHIFT)
			low = mid + 1;
		else
			return &m->area[mid];
	}
	return NULL;
}

/* A mapping must not be split or moved while its pages may have to be given back. */
int pram_mem_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	const struct pram_mem *m = vma->vm_file->private_data;

	return READ_ONCE(m->state) == PRAM_MEM_KEPT ? 0 : -EBUSY;
}

/* Returns the state of the node that a VMA maps, or NULL. Its vm_operations are in memfault.c. */
struct pram_mem *pram_vma_mem(const struct vm_area_struct *vma)
{
	if (!vma->vm_ops || vma->vm_ops->may_split != pram_mem_may_split)
		return NULL;
	return vma->vm_file->private_data;
}
