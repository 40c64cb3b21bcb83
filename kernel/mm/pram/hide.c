// SPDX-License-Identifier: GPL-2.0-only
/*
 * Excluding shared memory from a dump.
 *
 * CRIU copies anonymous shared memory and memfds into its images, because they have no name
 * by which a restore could find them. The copy is wasted if PRAM takes the file in place
 * after the processes have ended. The file cannot be taken earlier, because the processes
 * may still resume if the dump fails. Therefore only lseek(SEEK_DATA) changes, and only for
 * the process that asked and its children: it finds no data in the file.
 *
 * The state is in i_private_data of the mapping, like that of a frozen file (file.c), so a
 * file cannot be hidden and frozen at once. The lowest bit tells the two apart.
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

/* A hidden file. Closing the descriptor that holds this struct makes the file visible again. */
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
 * pram_file_hidden - is a file hidden from the current task?
 * @mapping: mapping of a shmem inode
 *
 * Context: the caller holds the inode lock.
 * Return: true if lseek(SEEK_DATA) must find no data.
 */
bool pram_file_hidden(const struct address_space *mapping)
{
	const struct pram_hidden *h = pram_hidden_of(mapping);

	return h && pram_hidden_is_owner(h);
}

/*
 * A restore populates mappings that are locked in memory at once. Such a file is not empty
 * any more, so the node could not be loaded into it.
 */
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
 * pram_file_hide - hide a file's contents from the calling process and its children
 * @file: the file, open for writing; a reference is held while it is hidden
 *
 * Context: may sleep. Takes the inode lock.
 * Return: a descriptor that makes the file visible again when it is closed, or -errno, see
 * struct pram_hide.
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
