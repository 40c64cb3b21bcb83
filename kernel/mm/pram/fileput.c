// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving the folios of a node into an empty file.
 *
 * All folios are inserted into the page cache first. Only then the file gets its size and
 * the folios go on the LRU. Before that nobody can reach them: read, fault and truncation
 * stop at the file's size or wait for the inode lock; reclaim, migration and khugepaged
 * find pages through the LRU. If an insertion fails, the folios inserted before it can
 * therefore be removed again, unchanged. PRAM keeps its reference to each folio until all
 * have been inserted.
 *
 * A restore may have created the file and mapped it in stopped processes. Then it has its
 * size already, but no pages. Its size is set to 0 during the insertion.
 *
 * Everything that can be refused is checked first: seals, contents of the node, space and
 * quota of the file system. The folios are charged to the caller's memory cgroup. If the
 * limit is too low, the call fails without invoking the OOM killer.
 *
 * Lock order: inode lock, pram_mutex, pram_map_mutex; inode lock, folio lock,
 * i_pages lock.
 */
#include <linux/fcntl.h>
#include <linux/fsnotify.h>
#include <linux/iversion.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>

#include "../internal.h"
#include "file.h"
#include "folio.h"

#define ALL_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | \
			 F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | F_SEAL_EXEC)
#define NO_WRITE	(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)
#define NO_GROWTH	(F_SEAL_GROW | NO_WRITE)

/* Is the node a valid file, and does this kernel support folios of its size? */
static int pram_file_check_node(const struct pram_handle *h, const struct inode *inode)
{
	u64 len = h->node->data_len;
	struct pram_cursor cur;
	struct pram_extent ext;

	if (h->node->seals & ~ALL_SEALS || len > inode->i_sb->s_maxbytes)
		return -EUCLEAN;
	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		u64 last = ext.pos + ((u64)(ext.nr - 1) << ext.order);

		if (!IS_ALIGNED(ext.pos, 1ULL << ext.order) ||
		    last >= DIV_ROUND_UP_ULL(len, PAGE_SIZE))
			return -EUCLEAN;
		if (PAGE_SIZE << ext.order >
		    mapping_max_folio_size(inode->i_mapping))
			return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * Users of a write-sealed file rely on its contents. The exception is a file that a restore
 * has created for this node: it has the size and exactly the seals of the node, and no pages.
 */
static bool pram_file_may_write(const struct pram_handle *h, struct inode *inode)
{
	unsigned int seals = SHMEM_I(inode)->seals;

	if (!i_size_read(inode))
		return !(seals & NO_GROWTH);
	return seals == h->node->seals || !(seals & NO_WRITE);
}

static int pram_file_check_target(const struct pram_handle *h, struct inode *inode)
{
	const struct shmem_inode_info *info = SHMEM_I(inode);
	bool sized = i_size_read(inode);

	if (!mapping_empty(inode->i_mapping) ||
	    (sized && i_size_read(inode) != h->node->data_len))
		return -ENOTEMPTY;
	if (inode->i_mapping->i_private_data)
		return -EBUSY;
	/* Without VM_NORESERVE the size was accounted at creation; not expected with size 0. */
	if (!sized && !(info->flags & VM_NORESERVE))
		return -EOPNOTSUPP;
	if (!pram_file_may_write(h, inode))
		return -EPERM;
	if (info->seals & F_SEAL_SEAL && h->node->seals & ~info->seals)
		return -EPERM;
	return 0;
}

static int pram_file_insert(struct inode *inode, struct folio *folio, pgoff_t index)
{
	/* If the cgroup's limit is too low, fail the call instead of invoking the OOM killer. */
	gfp_t gfp = (mapping_gfp_mask(inode->i_mapping) & GFP_RECLAIM_MASK) | PRAM_GFP_NO_OOM;
	int err;

	folio_lock(folio);
	folio_set_swapbacked(folio);
	folio_mark_uptodate(folio);
	/* Reclaim may drop a clean folio. */
	folio_set_dirty(folio);
	err = mem_cgroup_charge(folio, current->mm, gfp);
	if (!err) {
		err = shmem_add_to_page_cache(folio, inode->i_mapping, index,
					      NULL, gfp);
		if (err)
			mem_cgroup_uncharge(folio);
	}
	folio_unlock(folio);
	if (err)
		pram_folio_clean(folio);
	return err;
}

static void pram_file_pull(struct folio *folio)
{
	folio_lock(folio);
	filemap_remove_folio(folio);
	folio_unlock(folio);
	/* Wait for temporary references, taken through the page cache or by pfn. */
	while (folio_ref_count(folio) != 1)
		schedule_timeout_uninterruptible(1);
	mem_cgroup_uncharge(folio);
	pram_folio_clean(folio);
}

/* Removes the first @count folios from the file again. */
static void pram_file_pull_all(const struct pram_handle *h, u64 count)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		for (i = 0; i < ext.nr && count; i++, count--) {
			pram_file_pull(pfn_folio(ext.pfn + ((u64)i << ext.order)));
			cond_resched();
		}
	}
}

static int pram_file_insert_extent(const struct pram_handle *h, struct inode *inode,
				   const struct pram_extent *ext, u64 *count)
{
	unsigned int i;

	for (i = 0; i < ext->nr; i++, ++*count) {
		u64 skip = (u64)i << ext->order;
		struct folio *folio = pram_folio(h, ext->pfn + skip, ext->order);
		int err = pram_file_insert(inode, folio, ext->pos + skip);

		if (!err && fatal_signal_pending(current)) {
			++*count;
			return -EINTR;
		}
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static int pram_file_insert_all(const struct pram_handle *h, struct inode *inode)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	u64 count = 0;
	int err = 0;

	pram_cursor_init(&cur, h);
	while (!err && pram_cursor_next(&cur, &ext))
		err = pram_file_insert_extent(h, inode, &ext, &count);
	if (err)
		pram_file_pull_all(h, count);
	return err;
}

/* Completes the load: the file owns the folios, and the caller must free the node. */
static int pram_file_hand_over(struct pram_handle *h, struct inode *inode)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;
	int err = pram_node_consume(h);

	if (err)
		return err;
	shmem_recalc_inode(inode, h->node->nr_pages, 0);
	i_size_write(inode, h->node->data_len);
	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		/* First: folios on the LRU may be freed at any time. */
		pram_cursor_take(&cur, &ext);
		for (i = 0; i < ext.nr; i++) {
			struct folio *folio = pfn_folio(ext.pfn + ((u64)i << ext.order));

			folio_add_lru(folio);
			folio_put(folio);
			cond_resched();
		}
	}
	SHMEM_I(inode)->seals |= h->node->seals;
	mutex_lock(&pram_mutex);
	pram_node_forget(h);
	mutex_unlock(&pram_mutex);
	inode_set_mtime_to_ts(inode, inode_set_ctime_current(inode));
	inode_inc_iversion(inode);
	return 0;
}

static int pram_file_put_all(struct pram_handle *h, struct inode *inode)
{
	u64 pages = h->node->nr_pages;
	bool deny = h->node->seals & ~SHMEM_I(inode)->seals & F_SEAL_WRITE;
	loff_t size = i_size_read(inode);
	int err;

	/* Permanent on success, as for F_ADD_SEALS. */
	err = deny ? mapping_deny_writable(inode->i_mapping) : 0;
	if (err)
		return err;
	err = shmem_inode_acct_blocks(inode, pages);
	if (err)
		goto err_allow;
	i_size_write(inode, 0);
	err = pram_file_insert_all(h, inode);
	if (err)
		goto err_unacct;
	err = pram_file_hand_over(h, inode);
	if (err)
		goto err_pull;
	return 0;

err_pull:
	pram_file_pull_all(h, h->node->nr_folios);
err_unacct:
	i_size_write(inode, size);
	shmem_inode_unacct_blocks(inode, pages);
err_allow:
	if (deny)
		mapping_allow_writable(inode->i_mapping);
	return err;
}

/**
 * pram_file_put - move a node's folios into an empty file
 * @h: file node in state LOADING, owned by the caller
 * @file: destination, without pages
 * @arg: returns @pages and @copied_pages
 *
 * On success the file has the contents, size and seals of the file that was taken. The
 * node is empty, and the caller must free it.
 *
 * Context: may sleep. Takes the inode lock and pram_mutex.
 * Return: 0, or -errno. On error the file and the node are unchanged.
 *
 * Error values:
 *    %EOPNOTSUPP, %EBADF, %EPERM: see pram_file_check()
 *    %EOPNOTSUPP: this kernel's page cache does not support folios that large
 *    %EPERM: the file's seals forbid writing, growing or adding the node's seals,
 *            and differ from the node's seals
 *    %ENOTEMPTY: the file has pages, or a size that is neither 0 nor the node's
 *    %ENOSPC, %EDQUOT: the limit of the file system or of the user is exceeded
 *    %ENOMEM: insufficient memory, or the limit of the memory cgroup is exceeded
 *    %EBUSY: the file is mapped for writing and the node has F_SEAL_WRITE; the
 *            file is frozen or hidden; the jump into the next kernel has begun
 *    %EUCLEAN: the node is not one that pram_file_take() could have created
 *    %EINTR: the caller is being killed
 */
int pram_file_put(struct pram_handle *h, struct file *file,
		  struct pram_file *arg)
{
	struct inode *inode = file_inode(file);
	u64 pages = h->node->nr_pages;
	int err = pram_file_check(file);

	if (err)
		return err;
	inode_lock(inode);
	err = pram_file_check_target(h, inode);
	if (!err)
		err = pram_file_check_node(h, inode);
	if (!err)
		err = pram_file_put_all(h, inode);
	inode_unlock(inode);
	if (err)
		return err;
	arg->pages = pages;
	arg->copied_pages = 0;
	fsnotify_modify(file);
	return 0;
}
