// SPDX-License-Identifier: GPL-2.0-only
/*
 * State of memory nodes that are mapped, and the descriptors through which they are mapped.
 *
 * A VMA maps a node through a descriptor of /dev/pram that is bound to the node, so that it
 * looks like a mapping of the device. PRAM_IOC_TAKE opens a descriptor of its own for this;
 * PRAM_IOC_BIND binds the caller's descriptor.
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

/* Number of bound descriptors of all nodes. */
atomic_t pram_mem_files;

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
	pram_mem_unref(m);
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

static void pram_mem_bind_file(struct pram_mem *m, struct file *file)
{
	refcount_inc(&m->refs);
	atomic_inc(&m->files);
	atomic_inc(&pram_mem_files);
	file->private_data = m;
}

/**
 * pram_mem_file - open the device and bind the new file to a node
 * @m: state of the node
 * @path: path of the device in the process's mount namespace
 *
 * Return: the file, or an ERR_PTR().
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
	/* No VMA of the process whose memory was taken is left (@file is NULL). */
	if (h->mem->state != PRAM_MEM_BOUND)
		h->mem->state = PRAM_MEM_BOUND;
	*ret = h->mem;
	return 0;
}

/**
 * pram_mem_bind - bind a descriptor of the device to a node, so that it can map it
 * @file: file of the device
 * @name: the node's name
 *
 * Context: may sleep. Takes pram_mutex.
 * Return: 0, or -errno, see PRAM_IOC_BIND.
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

/* mmap() of /dev/pram: maps a part of one area of the bound node. */
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

/* Is this a file of /dev/pram? */
bool pram_mem_is_dev(const struct file *file)
{
	return file->f_op->mmap == pram_mem_mmap;
}

/*
 * Release of a file of /dev/pram. When the last bound file goes, nothing maps the node any
 * more: a node that is still armed becomes READY again.
 */
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
