// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptors of nodes: one kind for a node under construction (savefd.c), one
 * for a node that is open for loading (loadfd.c), and here what both have.
 *
 *   PRAM_IOC_CREATE ─► saving ─ write, ADD_FILE ─ COMMIT ─► done ─ close
 *                        └─ close: the node is discarded
 *   PRAM_IOC_OPEN ─► loading ─ read, LOAD_FILE ─► done ─ close
 *                        └─ close: the node is READY again
 *
 * "Done" is a descriptor without a node: every call but close fails with
 * EINVAL. The node belongs to the descriptor meanwhile, and the descriptor's
 * mutex makes its calls one at a time.
 *
 * Lock order: the descriptor's mutex, inode lock of a file, pram_mutex,
 * pram_map_mutex.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "nodefd.h"
#include "uarg.h"

struct pram_nodefd *pram_nodefd_new(void)
{
	struct pram_nodefd *nfd = kzalloc(sizeof(*nfd), GFP_KERNEL);

	if (nfd)
		mutex_init(&nfd->lock);
	return nfd;
}

void pram_nodefd_free(struct pram_nodefd *nfd)
{
	mutex_destroy(&nfd->lock);
	kfree(nfd);
}

/**
 * pram_nodefd_install - give the caller a descriptor
 * @nfd: what is behind it; the file's from success on
 * @fops: what can be done with it
 * @flags: O_RDONLY or O_WRONLY
 * @mode: FMODE_* it has besides
 *
 * Return: the descriptor, or -errno.
 */
int pram_nodefd_install(struct pram_nodefd *nfd,
			const struct file_operations *fops, int flags,
			fmode_t mode)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);
	struct file *file;

	if (fd < 0)
		return fd;
	file = anon_inode_getfile("[pram]", fops, nfd, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	file->f_mode |= mode;
	fd_install(fd, file);
	return fd;
}

/**
 * pram_nodefd_lock - begin a call that is for nodes of one type
 * @nfd: the descriptor; its lock is the caller's on success
 * @type: PRAM_NODE_*
 *
 * Return: 0; -EINVAL if it has no node any more, -EPERM if that is of another type,
 * -ERESTARTSYS.
 */
int pram_nodefd_lock(struct pram_nodefd *nfd, u32 type)
{
	int err;

	if (mutex_lock_interruptible(&nfd->lock))
		return -ERESTARTSYS;
	if (!nfd->h)
		err = -EINVAL;
	else if (nfd->h->type != type)
		err = -EPERM;
	else
		return 0;
	mutex_unlock(&nfd->lock);
	return err;
}

/**
 * pram_nodefd_file - fetch the argument of a call with a file
 * @arg: the struct
 * @uarg: the caller's; it is written to at once, while EFAULT does no harm
 * @ret: the file, to be put by the caller
 *
 * Return: 0, -EBADF, -EINVAL, or see pram_arg_get().
 */
int pram_nodefd_file(struct pram_file *arg, void __user *uarg, struct file **ret)
{
	int err = pram_arg_get(arg, sizeof(*arg), uarg);

	if (err)
		return err;
	if (arg->flags || arg->reserved)
		return -EINVAL;
	arg->pages = 0;
	arg->copied_pages = 0;
	err = pram_arg_put(uarg, arg, sizeof(*arg));
	if (err)
		return err;
	*ret = fget(arg->fd);
	return *ret ? 0 : -EBADF;
}
