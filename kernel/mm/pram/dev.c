// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/pram: list, create, commit, open and remove nodes. See <uapi/linux/pram.h> for the calls.
 *
 * ioctl codes are compared by type and number only, because they include the size of the
 * struct, which may be larger in the caller's version of the header.
 *
 * Lock order: pram_mutex, pram_map_mutex. User memory is not accessed under either mutex.
 */
#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/file.h>
#include <linux/init.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "file.h"
#include "mem.h"
#include "nodefd.h"
#include "uarg.h"

static int pram_check_name(const char *name)
{
	size_t len = strnlen(name, PRAM_NAME_MAX);

	if (len == PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	return len ? 0 : -EINVAL;
}

/* Data pages of all nodes. An estimate for nodes that are being saved or loaded. */
static u64 pram_data_pages(void)
{
	struct pram_handle *h;
	u64 pages = 0;

	list_for_each_entry(h, &pram_nodes, list)
		if (h->node)
			pages += READ_ONCE(h->node->nr_pages);
	return pages;
}

static long pram_ioctl_info(void __user *uarg)
{
	struct pram_info info;
	u32 usize;
	u64 data;
	int err;
	u32 i;

	err = pram_arg_get(&info, sizeof(info), uarg);
	if (err)
		return err;
	usize = info.size;
	info = (struct pram_info){
		.size = usize,
		.version = PRAM_VERSION,
		.sb_pfn = PFN_DOWN(__pa(pram_sb)),
		.found = pram_found,
		.boots = pram_sb->boots,
		.moved_pages = atomic64_read(&pram_moved_pages),
		.image_loaded = pram_image_loaded(),
	};
	mutex_lock(&pram_mutex);
	pram_node_count(&info.nodes, &info.corrupt);
	data = pram_data_pages();
	mutex_lock(&pram_map_mutex);
	info.pages = pram_map.nr_pages;
	mutex_unlock(&pram_map_mutex);
	info.unclaimed_pages = pram_unclaimed_pages();
	mutex_unlock(&pram_mutex);
	data += info.unclaimed_pages;
	info.meta_pages = info.pages > data ? info.pages - data : 0;
	for (i = 0; i < pram_nr_scratch; i++)
		info.scratch_bytes += pram_scratch[i].size;
	return pram_arg_put(uarg, &info, sizeof(info));
}

static long pram_ioctl_next(void __user *uarg)
{
	struct pram_node_info info;
	struct pram_handle *h;
	int err = pram_arg_get(&info, sizeof(info), uarg);

	if (err)
		return err;
	if (info.flags)
		return -EINVAL;
	mutex_lock(&pram_mutex);
	h = pram_node_after(info.cursor);
	if (h) {
		info = (struct pram_node_info){
			.size = info.size,
			.type = h->type,
			.state = h->state,
			.cursor = h->id,
		};
		if (h->node) {
			info.bytes = READ_ONCE(h->node->data_len);
			info.pages = READ_ONCE(h->node->nr_pages);
			info.folios = READ_ONCE(h->node->nr_folios);
			info.meta_pages = 1 + READ_ONCE(h->node->nr_links);
		}
		strscpy(info.name, h->name, sizeof(info.name));
	}
	mutex_unlock(&pram_mutex);
	return h ? pram_arg_put(uarg, &info, sizeof(info)) : -ENOENT;
}

static long pram_ioctl_create(void __user *uarg)
{
	struct pram_create arg;
	int err = pram_arg_get(&arg, sizeof(arg), uarg);

	if (err)
		return err;
	if (arg.flags || arg.reserved ||
	    arg.type == PRAM_NODE_PAGES || arg.type > PRAM_NODE_MEMORY)
		return -EINVAL;
	err = pram_check_name(arg.name);
	return err ?: pram_nodefd_create(arg.name, arg.type);
}

static int pram_get_open_arg(struct pram_open *arg, void __user *uarg)
{
	int err = pram_arg_get(arg, sizeof(*arg), uarg);

	if (err)
		return err;
	return arg->flags ? -EINVAL : pram_check_name(arg->name);
}

static long pram_ioctl_open(void __user *uarg)
{
	struct pram_open arg;
	int err = pram_get_open_arg(&arg, uarg);

	return err ?: pram_nodefd_open(arg.name);
}

static long pram_ioctl_bind(struct file *file, void __user *uarg)
{
	struct pram_open arg;
	int err = pram_get_open_arg(&arg, uarg);

	return err ?: pram_mem_bind(file, arg.name);
}

static long pram_ioctl_hide(void __user *uarg)
{
	struct pram_hide arg;
	struct file *file;
	long ret = pram_arg_get(&arg, sizeof(arg), uarg);

	if (ret)
		return ret;
	if (arg.flags || arg.reserved)
		return -EINVAL;
	file = fget(arg.fd);
	if (!file)
		return -EBADF;
	ret = pram_file_hide(file);
	fput(file);
	return ret;
}

/* While the node is freed, it is marked as being consumed: sealing does not hand it over. */
static long pram_ioctl_remove(void __user *uarg)
{
	struct pram_handle *h;
	struct pram_open arg;
	int err = pram_get_open_arg(&arg, uarg);

	if (err)
		return err;
	mutex_lock(&pram_mutex);
	h = pram_node_find(arg.name);
	if (!h)
		err = -ENOENT;
	else if (pram_sealed || h->state == PRAM_STATE_SAVING ||
		 h->state == PRAM_STATE_LOADING || pram_mem_busy(h))
		err = -EBUSY;
	if (!err && h->state == PRAM_STATE_CORRUPT) {
		pram_node_free(h);
		h = NULL;
	} else if (!err) {
		h->state = PRAM_STATE_LOADING;
		h->consuming = true;
	}
	mutex_unlock(&pram_mutex);
	if (!err && h)
		pram_node_discard(h, true);
	return err;
}

static long pram_ioctl_release(void __user *uarg)
{
	struct pram_release arg;
	int err = pram_arg_get(&arg, sizeof(arg), uarg);

	if (err)
		return err;
	if (arg.flags)
		return -EINVAL;
	err = pram_unclaimed_release(&arg.pages);
	return err ?: pram_arg_put(uarg, &arg, sizeof(arg));
}

static long pram_dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;

	if (_IOC_TYPE(cmd) != PRAM_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(PRAM_IOC_INFO):
		return pram_ioctl_info(uarg);
	case _IOC_NR(PRAM_IOC_NEXT):
		return pram_ioctl_next(uarg);
	case _IOC_NR(PRAM_IOC_CREATE):
		return pram_ioctl_create(uarg);
	case _IOC_NR(PRAM_IOC_OPEN):
		return pram_ioctl_open(uarg);
	case _IOC_NR(PRAM_IOC_REMOVE):
		return pram_ioctl_remove(uarg);
	case _IOC_NR(PRAM_IOC_RELEASE):
		return pram_ioctl_release(uarg);
	case _IOC_NR(PRAM_IOC_BIND):
		return pram_ioctl_bind(file, uarg);
	case _IOC_NR(PRAM_IOC_HIDE):
		return pram_ioctl_hide(uarg);
	case _IOC_NR(PRAM_IOC_COMMIT_ALL):
		return pram_commit_all(uarg);
	default:
		return -ENOTTY;
	}
}

static int pram_dev_open(struct inode *inode, struct file *file)
{
	if (!capable(CAP_SYS_ADMIN) &&
	    !checkpoint_restore_ns_capable(&init_user_ns))
		return -EPERM;
	/* misc_open() has set it to the miscdevice; here it is the struct pram_mem bound to it. */
	file->private_data = NULL;
	return pram_sb ? 0 : -ENODEV;
}

static int pram_dev_release(struct inode *inode, struct file *file)
{
	pram_mem_release(file);
	return 0;
}

static const struct file_operations pram_dev_fops = {
	.owner = THIS_MODULE,
	.open = pram_dev_open,
	.unlocked_ioctl = pram_dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = pram_mem_mmap,
	.release = pram_dev_release,
	.llseek = noop_llseek,
};

static struct miscdevice pram_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pram",
	.fops = &pram_dev_fops,
	.mode = 0600,
};

builtin_misc_device(pram_dev);
