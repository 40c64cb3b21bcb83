// SPDX-License-Identifier: GPL-2.0-only
/*
 * Common code of the two kinds of node descriptors: for nodes under construction (savefd.c)
 * and for nodes open for loading (loadfd.c).
 *
 *   PRAM_IOC_CREATE ─► saving ─ write, ADD_FILE ─ COMMIT ─► done ─ close
 *                        └─ close: the node is discarded
 *   PRAM_IOC_OPEN ─► loading ─ read, LOAD_FILE ─► done ─ close
 *                        └─ close: the node is READY again
 *
 * A descriptor that is done has no node any more: all calls except close fail with EINVAL.
 * Before that the node belongs to the descriptor. The descriptor's mutex serializes its
 * calls. PRAM_IOC_COMMIT_ALL on the device makes descriptors done that others have open,
 * see commitall.c.
 *
 * Lock order: commit_all_mutex, the descriptor's mutex, inode lock of a file, pram_mutex,
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
 * pram_nodefd_install - create a file descriptor for a node
 * @nfd: private data; on success owned by the file
 * @fops: file operations
 * @flags: O_RDONLY or O_WRONLY
 * @mode: additional FMODE_* flags
 *
 * Return: the descriptor (close-on-exec), or -errno.
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
 * pram_nodefd_lock - lock a descriptor for a call that needs a node of one type
 * @nfd: the descriptor
 * @type: PRAM_NODE_*
 *
 * Return: 0, and the caller holds @nfd->lock; -EINVAL if there is no node any more; -EPERM
 * if the node has another type; -ERESTARTSYS.
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

/* Does the call of pram_nodefd_file() with the file that the caller has named. */
static int pram_nodefd_file_call(struct pram_nodefd *nfd, struct pram_file *arg,
				 pram_nodefd_file_fn call)
{
	struct file *file = fget(arg->fd);
	int err;

	if (!file)
		return -EBADF;
	err = pram_nodefd_lock(nfd, PRAM_NODE_FILE);
	if (!err) {
		err = call(nfd, file, arg);
		mutex_unlock(&nfd->lock);
	}
	fput(file);
	return err;
}

/**
 * pram_nodefd_file - PRAM_IOC_ADD_FILE or PRAM_IOC_LOAD_FILE
 * @nfd: the descriptor
 * @uarg: the caller's struct pram_file. It is written to before the call as well, because a
 *	failure to write the result after it could not be undone.
 * @call: does the call and sets the results in the struct; @nfd->lock is held
 *
 * Return: 0; -EBADF; -EINVAL; errors of pram_arg_get(), pram_nodefd_lock() and @call.
 */
int pram_nodefd_file(struct pram_nodefd *nfd, void __user *uarg, pram_nodefd_file_fn call)
{
	struct pram_file arg;
	int err = pram_arg_get(&arg, sizeof(arg), uarg);

	if (err)
		return err;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	arg.pages = 0;
	arg.copied_pages = 0;
	err = pram_arg_put(uarg, &arg, sizeof(arg));
	if (!err)
		err = pram_nodefd_file_call(nfd, &arg, call);
	return err ?: pram_arg_put(uarg, &arg, sizeof(arg));
}
