// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shared memory that is left out of a dump.
 *
 * Who dumps processes copies the memory that they share, anonymous or a memfd, for nothing
 * has a name by which it could be had later. If it is going to be taken in place once they
 * have ended, that copy is for nothing. But until they have ended they may go on: nothing
 * of theirs may have changed. So all that happens here is that to the one who dumps,
 * and to its children, lseek(SEEK_DATA) finds no data in the file.
 *
 * The mark is in the mapping's i_private_data, like that of a file that is frozen (file.c),
 * so a file is one or the other. Its lowest bit tells them apart.
 *
 * Lock order: inode lock, i_mmap_rwsem.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/pram_boot.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>

#include "file.h"

#define MARK	1UL

/* behind the descriptor that ends it */
struct pram_hidden {
	struct file *file;
	struct pid *owner;	/* thread group that asked */
};

static struct pram_hidden *pram_hidden_of(const struct address_space *mapping)
{
	unsigned long v = (unsigned long)mapping->i_private_data;

	return v & MARK ? (struct pram_hidden *)(v & ~MARK) : NULL;
}

static bool pram_hidden_is_owner(const struct pram_hidden *h)
{
	bool ret;

	rcu_read_lock();
	ret = h->owner == task_tgid(current) ||
	      h->owner == task_tgid(rcu_dereference(current->real_parent));
	rcu_read_unlock();
	return ret;
}

/**
 * pram_file_hidden - is the caller to see no data in a file?
 * @mapping: of a shmem inode
 *
 * Context: inode lock.
 */
bool pram_file_hidden(const struct address_space *mapping)
{
	const struct pram_hidden *h = pram_hidden_of(mapping);

	return h && pram_hidden_is_owner(h);
}

/* When a restore maps what is locked it has pages at once: no room for those taken. */
static bool pram_file_is_mlocked(struct address_space *mapping)
{
	struct vm_area_struct *vma;
	bool ret = false;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, 0, ULONG_MAX)
		ret |= vma->vm_flags & VM_LOCKED;
	i_mmap_unlock_read(mapping);
	return ret;
}

static int pram_hidden_set(struct pram_hidden *h)
{
	struct inode *inode = file_inode(h->file);
	struct address_space *mapping = inode->i_mapping;
	int err = 0;

	inode_lock(inode);
	if (mapping->i_private_data)
		err = -EBUSY;
	else if (SHMEM_I(inode)->flags & VM_LOCKED || pram_file_is_mlocked(mapping))
		err = -EOPNOTSUPP;
	else
		mapping->i_private_data = (void *)((unsigned long)h | MARK);
	inode_unlock(inode);
	return err;
}

static void pram_hidden_free(struct pram_hidden *h)
{
	put_pid(h->owner);
	fput(h->file);
	kfree(h);
}

static void pram_hidden_clear(struct pram_hidden *h)
{
	struct inode *inode = file_inode(h->file);

	inode_lock(inode);
	inode->i_mapping->i_private_data = NULL;
	inode_unlock(inode);
	pram_hidden_free(h);
}

static int pram_hidden_release(struct inode *unused, struct file *file)
{
	pram_hidden_clear(file->private_data);
	return 0;
}

static const struct file_operations pram_hidden_fops = {
	.owner = THIS_MODULE,
	.release = pram_hidden_release,
};

/**
 * pram_file_hide - leave a file's contents out of the caller's dump
 * @file: open for writing
 *
 * Return: a descriptor, with whose end it ends; or -errno, see PRAM_IOC_HIDE.
 */
int pram_file_hide(struct file *file)
{
	struct pram_hidden *h;
	int ret = pram_file_check(file);

	if (ret)
		return ret;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	h->file = get_file(file);
	h->owner = get_pid(task_tgid(current));
	ret = pram_hidden_set(h);
	if (ret) {
		pram_hidden_free(h);
		return ret;
	}
	ret = anon_inode_getfd("[pram-hidden]", &pram_hidden_fops, h, O_RDONLY | O_CLOEXEC);
	if (ret < 0)
		pram_hidden_clear(h);
	return ret;
}
