// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of nodes that are open for loading.
 *
 * Reading a byte node does not consume it. Loading a file node or a memory node frees the
 * node; the descriptor can then only be closed.
 *
 * Lock order: see nodefd.c.
 */
#include <linux/compat.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>

#include "mem.h"
#include "nodefd.h"
#include "uarg.h"

/*
 * Returns the page at @index of a byte node. Sequential reads continue from the cursor; going
 * back restarts it at the first entry.
 */
static const void *pram_load_page_at(struct pram_nodefd *nfd, u64 index)
{
	struct pram_extent *ext = &nfd->ext;

	if (!ext->nr || index < ext->pos) {
		pram_cursor_init(&nfd->cur, nfd->h);
		ext->nr = 0;
	}
	while (index >= ext->pos + ((u64)ext->nr << ext->order))
		if (!pram_cursor_next(&nfd->cur, ext)) {
			ext->nr = 0;
			return NULL;
		}
	return index < ext->pos ? NULL : pram_va(ext->pfn + index - ext->pos);
}

static ssize_t pram_load_read_at(struct pram_nodefd *nfd, loff_t pos, struct iov_iter *to)
{
	u64 len = nfd->h->node->data_len;
	ssize_t done = 0;

	while (pos < len && iov_iter_count(to)) {
		size_t off = offset_in_page(pos), copied;
		size_t part = min_t(u64, PAGE_SIZE - off, len - pos);
		const void *page = pram_load_page_at(nfd, pos >> PAGE_SHIFT);

		if (!page)
			return done ?: -EUCLEAN;
		part = min(part, iov_iter_count(to));
		copied = copy_to_iter(page + off, part, to);
		done += copied;
		pos += copied;
		if (copied < part)
			return done ?: -EFAULT;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
	return done;
}

static ssize_t pram_load_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct pram_nodefd *nfd = iocb->ki_filp->private_data;
	ssize_t ret = pram_nodefd_lock(nfd, PRAM_NODE_BYTES);

	if (ret)
		return ret;
	ret = pram_load_read_at(nfd, iocb->ki_pos, to);
	if (ret > 0)
		iocb->ki_pos += ret;
	mutex_unlock(&nfd->lock);
	return ret;
}

static loff_t pram_load_llseek(struct file *file, loff_t offset, int whence)
{
	struct pram_nodefd *nfd = file->private_data;
	loff_t ret = pram_nodefd_lock(nfd, PRAM_NODE_BYTES);

	if (ret)
		return ret;
	ret = fixed_size_llseek(file, offset, whence, nfd->h->node->data_len);
	mutex_unlock(&nfd->lock);
	return ret;
}

static int pram_load_file(struct pram_nodefd *nfd, struct file *file, struct pram_file *arg)
{
	int err = pram_file_put(nfd->h, file, arg);

	if (err)
		return err;
	mutex_lock(&pram_mutex);
	pram_node_free(nfd->h);
	mutex_unlock(&pram_mutex);
	nfd->h = NULL;
	return 0;
}

/*
 * On success the node belongs to the process. The descriptor keeps only the reference that
 * pram_mem_finish() needs.
 */
static int pram_load_arm(struct pram_nodefd *nfd, struct pram_put *arg)
{
	struct pram_mem *m;
	int err;

	if (!nfd->h)
		return -EINVAL;
	if (nfd->h->type != PRAM_NODE_MEMORY)
		return -EPERM;
	/* PRAM_IOC_BIND may be setting it. */
	mutex_lock(&pram_mutex);
	m = nfd->h->mem;
	if (m)
		refcount_inc(&m->refs);
	mutex_unlock(&pram_mutex);
	err = pram_mem_arm(nfd->h, m, arg);
	if (err) {
		if (m)
			pram_mem_unref(m);
		return err;
	}
	nfd->h = NULL;
	nfd->mem = m;
	return 0;
}

static long pram_load_put(struct pram_nodefd *nfd, void __user *uarg)
{
	struct pram_put arg;
	int err = pram_arg_get(&arg, sizeof(arg), uarg);

	if (err)
		return err;
	if (arg.flags & ~PRAM_PUT_ARM || arg.reserved)
		return -EINVAL;
	if (mutex_lock_interruptible(&nfd->lock))
		return -ERESTARTSYS;
	if (!nfd->mem)
		err = pram_load_arm(nfd, &arg);
	if (!err && !(arg.flags & PRAM_PUT_ARM))
		err = pram_mem_finish(nfd->mem);
	mutex_unlock(&nfd->lock);
	return err ?: pram_arg_put(uarg, &arg, sizeof(arg));
}

static long pram_load_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pram_nodefd *nfd = file->private_data;

	if (_IOC_TYPE(cmd) != PRAM_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(PRAM_IOC_LOAD_FILE):
		return pram_nodefd_file(nfd, (void __user *)arg, pram_load_file);
	case _IOC_NR(PRAM_IOC_PUT):
		return pram_load_put(nfd, (void __user *)arg);
	case _IOC_NR(PRAM_IOC_TAKE):
	case _IOC_NR(PRAM_IOC_ADD_FILE):
	case _IOC_NR(PRAM_IOC_COMMIT):
		return -EINVAL;
	default:
		return -ENOTTY;
	}
}

static void pram_load_node_close(struct pram_handle *h)
{
	mutex_lock(&pram_mutex);
	h->state = PRAM_STATE_READY;
	mutex_unlock(&pram_mutex);
}

static int pram_load_release(struct inode *inode, struct file *file)
{
	struct pram_nodefd *nfd = file->private_data;

	if (nfd->h)
		pram_load_node_close(nfd->h);
	if (nfd->mem)
		pram_mem_unref(nfd->mem);
	pram_nodefd_free(nfd);
	return 0;
}

static const struct file_operations pram_load_fops = {
	.owner = THIS_MODULE,
	.read_iter = pram_load_read_iter,
	.llseek = pram_load_llseek,
	.unlocked_ioctl = pram_load_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = pram_load_release,
};

static struct pram_handle *pram_load_node_open(const char *name)
{
	struct pram_handle *h;

	mutex_lock(&pram_mutex);
	h = pram_node_find_intact(name);
	if (IS_ERR(h))
		goto out;
	if (h->state != PRAM_STATE_READY)
		h = ERR_PTR(-EBUSY);
	else if (h->type == PRAM_NODE_PAGES)
		h = ERR_PTR(-EPERM);
	else
		h->state = PRAM_STATE_LOADING;
out:
	mutex_unlock(&pram_mutex);
	return h;
}

/**
 * pram_nodefd_open - open a committed node for loading
 * @name: name, already checked for length
 *
 * The node is LOADING until the descriptor is closed.
 *
 * Context: may sleep. Takes pram_mutex.
 * Return: the descriptor; -ENOENT; -EUCLEAN; -EBUSY if the node is being saved or loaded;
 * -EPERM for a page stream; -ENOMEM; -EMFILE.
 */
int pram_nodefd_open(const char *name)
{
	struct pram_nodefd *nfd = pram_nodefd_new();
	struct pram_handle *h;
	int ret;

	if (!nfd)
		return -ENOMEM;
	h = pram_load_node_open(name);
	if (IS_ERR(h)) {
		ret = PTR_ERR(h);
		goto err_free;
	}
	nfd->h = h;
	ret = pram_nodefd_install(nfd, &pram_load_fops, O_RDONLY,
				  FMODE_LSEEK | FMODE_PREAD);
	if (ret >= 0)
		return ret;
	pram_load_node_close(h);
err_free:
	pram_nodefd_free(nfd);
	return ret;
}
