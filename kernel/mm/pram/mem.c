// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a memory node is besides its stream: who may map it, and what for.
 *
 * A descriptor of /dev/pram that is bound to a node is what VMAs map; it is one of the
 * device itself, so that they look like mappings of the device. TAKE makes one of
 * its own, PRAM_IOC_BIND makes one of the caller's.
 *
 * Lock order: see mem.h.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "mem.h"

/* descriptors that are bound, of all nodes */
atomic_t pram_mem_files;

/**
 * pram_mem_new - make a node one that can be mapped
 * @h: memory node
 *
 * Context: pram_mutex, or the node is the caller's.
 * Return: what it has from now on, or NULL without memory.
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
	return m;
}

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
	kfree(m);
}

/* The node goes: nothing maps it, or @m->lock is held for writing. */
void pram_mem_detach(struct pram_handle *h)
{
	struct pram_mem *m = h->mem;

	if (!m)
		return;
	m->h = NULL;
	m->ps = NULL;
	h->mem = NULL;
	pram_mem_unref(m);
}

/* Is a node mapped, or about to be? */
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

/* the area that a position lies in, or NULL */
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

static void pram_mem_bind_file(struct pram_mem *m, struct file *file)
{
	refcount_inc(&m->refs);
	atomic_inc(&m->files);
	atomic_inc(&pram_mem_files);
	file->private_data = m;
}

/**
 * pram_mem_file - a new descriptor of the device for VMAs to map a node
 * @m: the node's
 * @path: the device's, as the process is to see it
 *
 * Return: the file, or an error.
 */
struct file *pram_mem_file(struct pram_mem *m, const struct path *path)
{
	struct file *file = dentry_open(path, O_RDWR | O_LARGEFILE, current_cred());

	if (!IS_ERR(file))
		pram_mem_bind_file(m, file);
	return file;
}

static int pram_mem_find(const char *name, struct pram_mem **ret)
{
	struct pram_handle *h = pram_node_find(name);
	int err;

	if (!h)
		return -ENOENT;
	if (h->state == PRAM_STATE_CORRUPT)
		return -EUCLEAN;
	if (h->type != PRAM_NODE_MEMORY)
		return -EPERM;
	if (h->state == PRAM_STATE_SAVING || pram_sealed)
		return -EBUSY;
	if (h->mem && (h->mem->file || h->mem->state == PRAM_MEM_ARMED))
		return -EBUSY;
	if (!h->mem) {
		if (!pram_mem_new(h))
			return -ENOMEM;
		err = pram_records_read(h->mem);
		if (err) {
			pram_mem_detach(h);
			return err;
		}
	}
	/* nothing of the process that it was taken from is left to care for */
	if (h->mem->state != PRAM_MEM_BOUND)
		h->mem->state = PRAM_MEM_BOUND;
	*ret = h->mem;
	return 0;
}

/**
 * pram_mem_bind - let a descriptor of the device map a node
 * @file: the descriptor
 * @name: the node's name
 *
 * Return: 0, or -errno: see PRAM_IOC_BIND.
 */
int pram_mem_bind(struct file *file, const char *name)
{
	struct pram_mem *m;
	int err;

	mutex_lock(&pram_mutex);
	err = file->private_data ? -EBUSY : pram_mem_find(name, &m);
	if (!err)
		pram_mem_bind_file(m, file);
	mutex_unlock(&pram_mutex);
	return err;
}

/* mmap() of a descriptor that is bound */
int pram_mem_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct pram_mem *m = file->private_data;
	const struct pram_area *area;
	int err = 0;

	if (!m)
		return -ENODEV;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	down_read(&m->lock);
	area = m->h ? pram_mem_area(m, vma->vm_pgoff) : NULL;
	if (!area || m->state != PRAM_MEM_BOUND ||
	    vma->vm_pgoff - area->rec.pos + vma_pages(vma) >
	    (area->rec.end - area->rec.start) >> PAGE_SHIFT)
		err = -ENXIO;
	up_read(&m->lock);
	if (err)
		return err;
	vm_flags_set(vma, VM_MIXEDMAP | VM_DONTEXPAND);
	vma->vm_ops = &pram_mem_vm_ops;
	return 0;
}

/* Is it a descriptor of the device, which maps nodes? */
bool pram_mem_is_dev(const struct file *file)
{
	return file->f_op->mmap == pram_mem_mmap;
}

/* the last reference to a descriptor of the device has gone */
void pram_mem_release(struct file *file)
{
	struct pram_mem *m = file->private_data;

	if (!m)
		return;
	down_write(&m->lock);
	if (m->file == file)
		m->file = NULL;
	if (atomic_dec_and_test(&m->files) && m->state == PRAM_MEM_ARMED)
		pram_mem_disarm(m);
	up_write(&m->lock);
	atomic_dec(&pram_mem_files);
	pram_mem_unref(m);
}
