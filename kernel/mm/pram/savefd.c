// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of nodes under construction.
 *
 * A file that was taken stays referenced until commit or discard. The length of a byte node
 * is limited, because its pages are not charged to a memory cgroup.
 *
 * Lock order: see nodefd.c.
 */
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "file.h"
#include "mem.h"
#include "nodefd.h"
#include "uarg.h"

/* The CRIU images of a checkpoint have a few MiB without the memory pages. */
#define PRAM_BYTES_MAX	SZ_256M

/* Returns the number of bytes appended; a failing pram_write() may have appended some. */
static ssize_t pram_save_append(struct pram_nodefd *nfd, const void *buf, size_t count)
{
	u64 before = nfd->h->node->data_len;
	ssize_t ret = pram_write(&nfd->ps, buf, count);
	size_t added = nfd->h->node->data_len - before;

	return ret < 0 && added ? added : ret;
}

static ssize_t pram_save_append_iter(struct pram_nodefd *nfd, struct iov_iter *from)
{
	void *bounce = (void *)__get_free_page(GFP_KERNEL);
	ssize_t done = 0, ret = 0;

	if (!bounce)
		return -ENOMEM;
	while (iov_iter_count(from)) {
		size_t part = copy_from_iter(bounce, PAGE_SIZE, from);

		ret = part ? pram_save_append(nfd, bounce, part) : -EFAULT;
		if (ret < 0)
			break;
		done += ret;
		if (ret < part || fatal_signal_pending(current))
			break;
		cond_resched();
	}
	free_page((unsigned long)bounce);
	return done ?: ret;
}

static ssize_t pram_save_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct pram_nodefd *nfd = iocb->ki_filp->private_data;
	ssize_t ret = pram_nodefd_lock(nfd, PRAM_NODE_BYTES);

	if (ret)
		return ret;
	if (iov_iter_count(from) > PRAM_BYTES_MAX - nfd->h->node->data_len)
		ret = -EFBIG;
	else
		ret = pram_save_append_iter(nfd, from);
	mutex_unlock(&nfd->lock);
	return ret;
}

static int pram_save_add_file(struct pram_nodefd *nfd, struct file *file, struct pram_file *arg)
{
	int err = nfd->file ? -EINVAL : pram_file_take(&nfd->ps, file, arg);

	if (!err)
		nfd->file = get_file(file);
	return err;
}

/* Upper limit for the array of results; more mappings are only counted. */
#define TAKE_VMAS_MAX	1000000

static int pram_save_take_memory(struct pram_nodefd *nfd, struct pram_take *arg)
{
	void __user *uvmas = u64_to_user_ptr(arg->vmas);
	u32 room = uvmas ? min_t(u32, arg->nr_vmas, TAKE_VMAS_MAX) : 0;
	struct pram_vma *vmas = kvcalloc(room + 1, sizeof(*vmas), GFP_KERNEL | __GFP_NOWARN);
	struct file *dev = fget(arg->dev_fd);
	int err;

	arg->nr_vmas = room;
	if (!vmas)
		err = -ENOMEM;
	else if (!dev || !pram_mem_is_dev(dev))
		err = -EBADF;
	else
		err = pram_mem_take(&nfd->ps, dev, arg, vmas);
	/* The memory is taken: failing to report the mappings must not fail the call. */
	if (!err && room && copy_to_user(uvmas, vmas,
					 min(room, arg->nr_vmas) * sizeof(*vmas)))
		arg->nr_vmas = 0;
	if (dev)
		fput(dev);
	kvfree(vmas);
	return err;
}

static long pram_save_take(struct pram_nodefd *nfd, void __user *uarg)
{
	struct pram_take arg;
	int err = pram_arg_get(&arg, sizeof(arg), uarg);

	if (err)
		return err;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	err = pram_nodefd_lock(nfd, PRAM_NODE_MEMORY);
	if (err)
		return err;
	err = nfd->h->mem ? -EINVAL : pram_save_take_memory(nfd, &arg);
	if (!err) {
		mutex_lock(&pram_mutex);
		nfd->h->filler = nfd;
		mutex_unlock(&pram_mutex);
	}
	mutex_unlock(&nfd->lock);
	return err ?: pram_arg_put(uarg, &arg, sizeof(arg));
}

/* Locks the descriptor while no PRAM_IOC_COMMIT_ALL is committing its node. */
static int pram_save_lock_commit(struct pram_nodefd *nfd)
{
	for (;;) {
		if (mutex_lock_interruptible(&nfd->lock))
			return -ERESTARTSYS;
		if (pram_commit_exclude(nfd))
			return 0;
		mutex_unlock(&nfd->lock);
		if (pram_commit_wait(true))
			return -ERESTARTSYS;
	}
}

static long pram_save_commit(struct pram_nodefd *nfd)
{
	struct pram_claim claim;
	long err = pram_save_lock_commit(nfd);

	if (err)
		return err;
	if (!nfd->h || (nfd->h->type == PRAM_NODE_FILE && !nfd->file) ||
	    (nfd->h->type == PRAM_NODE_MEMORY && !nfd->h->mem))
		err = -EINVAL;
	else if (READ_ONCE(pram_sealed))
		err = -EBUSY;
	if (!err && nfd->file) {
		pram_file_commit(nfd->h, nfd->file);
		fput(nfd->file);
		nfd->file = NULL;
	}
	if (!err && nfd->h->mem) {
		claim = (struct pram_claim){ nfd->h, nfd };
		err = pram_claims_commit(&claim, 1);
	} else if (!err) {
		pram_finish_save(&nfd->ps);
	}
	if (!err)
		nfd->h = NULL;
	mutex_unlock(&nfd->lock);
	return err;
}

static long pram_save_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pram_nodefd *nfd = file->private_data;

	if (_IOC_TYPE(cmd) != PRAM_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(PRAM_IOC_ADD_FILE):
		return pram_nodefd_file(nfd, (void __user *)arg, pram_save_add_file);
	case _IOC_NR(PRAM_IOC_TAKE):
		return pram_save_take(nfd, (void __user *)arg);
	case _IOC_NR(PRAM_IOC_COMMIT):
		return pram_save_commit(nfd);
	case _IOC_NR(PRAM_IOC_LOAD_FILE):
	case _IOC_NR(PRAM_IOC_PUT):
		return -EINVAL;
	default:
		return -ENOTTY;
	}
}

static void pram_save_discard(struct pram_nodefd *nfd)
{
	if (nfd->file) {
		pram_file_give_back(nfd->h, nfd->file);
		fput(nfd->file);
	}
	if (nfd->h->mem) {
		/*
		 * KEPT: the jump into the next kernel began during the commit. A process that
		 * resumes still needs the node for its copy, so the node is not freed. This
		 * kernel ends, so its memory is not needed.
		 */
		if (pram_mem_state(nfd->h->mem) == PRAM_MEM_KEPT)
			return;
		pram_mem_give_back(nfd->h);
	}
	pram_discard_save(&nfd->ps);
}

static int pram_save_release(struct inode *inode, struct file *file)
{
	struct pram_nodefd *nfd = file->private_data;

	while (!pram_commit_exclude(nfd))
		pram_commit_wait(false);
	if (nfd->h)
		pram_save_discard(nfd);
	pram_nodefd_free(nfd);
	return 0;
}

static const struct file_operations pram_save_fops = {
	.owner = THIS_MODULE,
	.write_iter = pram_save_write_iter,
	.unlocked_ioctl = pram_save_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = pram_save_release,
};

/**
 * pram_nodefd_create - create a node and a descriptor to fill it
 * @name: name, already checked for length
 * @type: PRAM_NODE_BYTES, PRAM_NODE_FILE or PRAM_NODE_MEMORY
 *
 * Context: may sleep. Takes pram_mutex.
 * Return: the descriptor; -EMFILE; or an error of pram_prepare_save().
 */
int pram_nodefd_create(const char *name, u32 type)
{
	struct pram_nodefd *nfd = pram_nodefd_new();
	int ret;

	if (!nfd)
		return -ENOMEM;
	ret = pram_prepare_save(&nfd->ps, name, type, GFP_KERNEL | PRAM_GFP_NO_OOM);
	if (ret)
		goto err_free;
	nfd->h = nfd->ps.node;
	ret = pram_nodefd_install(nfd, &pram_save_fops, O_WRONLY, 0);
	if (ret >= 0)
		return ret;
	pram_discard_save(&nfd->ps);
err_free:
	pram_nodefd_free(nfd);
	return ret;
}
