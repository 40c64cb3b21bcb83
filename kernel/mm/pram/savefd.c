// SPDX-License-Identifier: GPL-2.0-only
/*
 * The descriptor of a node under construction.
 *
 * A file taken stays referenced until commit or discard. Nobody can be charged for
 * what a byte node holds, so it is limited in length.
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

#include "dev.h"

/* Images of a checkpoint without their pages take a few MiB. */
#define PRAM_BYTES_MAX	SZ_256M

/* Who asks for memory that stays is told when there is none: no OOM killer. */
#define PRAM_GFP	(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* what pram_write() added; it may stop in the middle */
static ssize_t append(struct pram_nodefd *nfd, const void *buf, size_t count)
{
	u64 before = nfd->h->node->data_len;
	ssize_t ret = pram_write(&nfd->ps, buf, count);
	size_t added = nfd->h->node->data_len - before;

	return ret < 0 && added ? added : ret;
}

static ssize_t append_iter(struct pram_nodefd *nfd, struct iov_iter *from)
{
	void *bounce = (void *)__get_free_page(GFP_KERNEL);
	ssize_t done = 0, ret = 0;

	if (!bounce)
		return -ENOMEM;
	while (iov_iter_count(from)) {
		size_t part = copy_from_iter(bounce, PAGE_SIZE, from);

		ret = part ? append(nfd, bounce, part) : -EFAULT;
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

static ssize_t save_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct pram_nodefd *nfd = iocb->ki_filp->private_data;
	ssize_t ret = pram_nodefd_lock(nfd, PRAM_NODE_BYTES);

	if (ret)
		return ret;
	if (iov_iter_count(from) > PRAM_BYTES_MAX - nfd->h->node->data_len)
		ret = -EFBIG;
	else
		ret = append_iter(nfd, from);
	mutex_unlock(&nfd->lock);
	return ret;
}

static long save_add_file(struct pram_nodefd *nfd, void __user *uarg)
{
	struct pram_file arg;
	struct file *file;
	int err = pram_nodefd_file(&arg, uarg, &file);

	if (err)
		return err;
	err = pram_nodefd_lock(nfd, PRAM_NODE_FILE);
	if (err)
		goto out;
	err = nfd->file ? -EINVAL : pram_file_take(&nfd->ps, file, &arg);
	if (!err)
		nfd->file = get_file(file);
	mutex_unlock(&nfd->lock);
out:
	fput(file);
	return err ?: pram_arg_put(uarg, &arg, sizeof(arg));
}

static long save_commit(struct pram_nodefd *nfd)
{
	long err = 0;

	if (mutex_lock_interruptible(&nfd->lock))
		return -ERESTARTSYS;
	if (!nfd->h || (nfd->h->type == PRAM_NODE_FILE && !nfd->file))
		err = -EINVAL;
	else if (READ_ONCE(pram_sealed))
		err = -EBUSY;
	if (!err) {
		if (nfd->file) {
			pram_file_commit(nfd->h, nfd->file);
			fput(nfd->file);
			nfd->file = NULL;
		}
		pram_finish_save(&nfd->ps);
		nfd->h = NULL;
	}
	mutex_unlock(&nfd->lock);
	return err;
}

static long save_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pram_nodefd *nfd = file->private_data;

	if (_IOC_TYPE(cmd) != PRAM_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(PRAM_IOC_ADD_FILE):
		return save_add_file(nfd, (void __user *)arg);
	case _IOC_NR(PRAM_IOC_COMMIT):
		return save_commit(nfd);
	case _IOC_NR(PRAM_IOC_LOAD_FILE):
		return -EINVAL;
	default:
		return -ENOTTY;
	}
}

static int save_release(struct inode *inode, struct file *file)
{
	struct pram_nodefd *nfd = file->private_data;

	if (nfd->h) {
		if (nfd->file) {
			pram_file_give_back(nfd->h, nfd->file);
			fput(nfd->file);
		}
		pram_discard_save(&nfd->ps);
	}
	pram_nodefd_free(nfd);
	return 0;
}

static const struct file_operations save_fops = {
	.owner = THIS_MODULE,
	.write_iter = save_write_iter,
	.unlocked_ioctl = save_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = save_release,
};

/**
 * pram_nodefd_create - make a node and a descriptor to fill it
 * @name: checked for length
 * @type: PRAM_NODE_BYTES or PRAM_NODE_FILE
 *
 * Return: the descriptor, or -errno: see pram_prepare_save(), and -EMFILE.
 */
int pram_nodefd_create(const char *name, u32 type)
{
	struct pram_nodefd *nfd = pram_nodefd_new();
	int ret;

	if (!nfd)
		return -ENOMEM;
	ret = pram_prepare_save(&nfd->ps, name, type, PRAM_GFP);
	if (ret)
		goto err_free;
	nfd->h = nfd->ps.node;
	ret = pram_nodefd_install(nfd, &save_fops, O_WRONLY, 0);
	if (ret >= 0)
		return ret;
	pram_discard_save(&nfd->ps);
err_free:
	pram_nodefd_free(nfd);
	return ret;
}
