// SPDX-License-Identifier: GPL-2.0-only
/*
 * A file's folios on their way out of a node, into an empty file.
 *
 * All go into the page cache first, and only then the file gets its size and the
 * folios go on the LRU. Before that nobody can get at them: read, fault and
 * truncation stop at the file's size or wait for the inode lock; reclaim,
 * migration and khugepaged begin at the LRU. So, if one does not go in, those
 * before it come out again as they were. PRAM's own reference to each folio
 * lasts to the end.
 *
 * A file that a restore has made and mapped, for processes that stand still, has its size
 * already and nothing in it. Its size is zero meanwhile, to the same end.
 *
 * What may refuse does so first: seals, the shape of the node, the file
 * system's room and quota. The folios are charged to the caller's memory
 * cgroup; one that is too small fails the call, and kills nobody.
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

/* Is this what a file's folios look like, and can this kernel have them so? */
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
 * Who sealed a file against writing may trust in its contents; but one that has its size, no
 * contents yet, and the very seals of what was taken, is what a restore has made of that.
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
	/* accounted by its size when it was made: never without one, but be sure */
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
	/* Too small a cgroup is the caller's to hear of, not the OOM killer's. */
	gfp_t gfp = (mapping_gfp_mask(inode->i_mapping) & GFP_RECLAIM_MASK) |
		    __GFP_RETRY_MAYFAIL | __GFP_NOWARN;
	int err;

	folio_lock(folio);
	folio_set_swapbacked(folio);
	folio_mark_uptodate(folio);
	/* A clean folio is one that may be dropped. */
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
	/* who looked it up in the page cache just before, or by its pfn */
	while (folio_ref_count(folio) != 1)
		schedule_timeout_uninterruptible(1);
	mem_cgroup_uncharge(folio);
	pram_folio_clean(folio);
}

/* the first @count folios */
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

/* From here on the folios are the file's, and the node will be freed. */
static int pram_file_hand_over(struct pram_handle *h, struct inode *inode)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	/* Sealing must find the node either whole or used up. */
	mutex_lock(&pram_mutex);
	if (pram_sealed) {
		mutex_unlock(&pram_mutex);
		return -EBUSY;
	}
	h->consuming = true;
	shmem_recalc_inode(inode, h->node->nr_pages, 0);
	i_size_write(inode, h->node->data_len);
	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		/* first: on the LRU they may be freed at any moment */
		pram_unkeep(ext.pfn, (u64)ext.nr << ext.order);
		for (i = 0; i < ext.nr; i++) {
			struct folio *folio = pfn_folio(ext.pfn + ((u64)i << ext.order));

			folio_add_lru(folio);
			folio_put(folio);
			cond_resched();
		}
	}
	SHMEM_I(inode)->seals |= h->node->seals;
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

	/* for good, as F_ADD_SEALS does it */
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
 * pram_file_put - insert a node's folios into a file that has none
 * @h: file node, LOADING, the caller's
 * @file: where to
 * @arg: @pages is filled in
 *
 * On success the file has the contents, the size and the seals of the one that was
 * taken, and the node is empty and to be freed.
 *
 * Context: May sleep. Takes the inode's lock and pram_mutex.
 * Return: 0, or -errno; file and node are as before then.
 *
 * Error values:
 *    %EOPNOTSUPP, %EBADF, %EPERM: see pram_file_check()
 *    %EOPNOTSUPP: this kernel's page cache has no folios that large
 *    %EPERM: the file's seals forbid to write, to grow or to add the node's seals,
 *            and are not those of the node
 *    %ENOTEMPTY: the file has pages, or another size than the one taken
 *    %ENOSPC, %EDQUOT: the file system's or the user's limit
 *    %ENOMEM: insufficient memory, or the memory cgroup's limit
 *    %EBUSY: the file is mapped for writing, and the node has F_SEAL_WRITE; the
 *            way into the next kernel has begun
 *    %EUCLEAN: the node is not one that pram_file_take() makes
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
