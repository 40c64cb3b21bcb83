// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of /dev/pram through which memory nodes are mapped.
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

#include "mem.h"

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
	if (h->state == PRAM_STATE_SAVING || h->consuming || pram_sealed)
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
