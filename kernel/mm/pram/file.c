// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: moving the folios of a tmpfs or memfd file into a node
 *
 *   pram_file_take() ─► held ─ pram_file_commit() ─► owned by PRAM, file empty
 *                        └─ pram_file_give_back() ─► in the file as before
 *
 * Until the commit it must be possible to put all folios back, and putting them back must
 * not fail. A held folio is therefore removed from the page cache and the LRU, but:
 *
 *  - A marker replaces it in the file's xarray, so the xarray keeps its nodes and putting
 *    the folio back allocates nothing. The marker is a poisoned swap entry, as left by a
 *    failed swap-in. All of shmem handles it: reading or mapping the page gives EIO or
 *    SIGBUS, and never zeroes in place of data that may come back.
 *  - It counts as swapped out, so the file keeps its blocks, quota and commit charge, and
 *    putting the folio back cannot fail with ENOSPC.
 *  - It stays charged to its memory cgroup and keeps its flags.
 *
 * Meanwhile the file is frozen: all seals that forbid changes are set, so nothing else
 * removes a marker. i_private_data of the mapping, which shmem does not use, points to the
 * node that has frozen the file. The node stores the file's own seals.
 *
 * A file with seals can be taken. Seals promise the users of a file that its contents do
 * not change. Here the file becomes empty for all users, and it is restored with the same
 * contents and the same seals.
 *
 * Only contents up to the file's size are taken. Pages allocated by fallocate() beyond the
 * size hold no data; the commit frees them.
 *
 * Lock order: inode lock, pram_mutex, pram_map_mutex; inode lock, folio lock,
 * i_pages lock.
 */
#include <linux/fcntl.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>
#include <linux/xarray.h>

#include "../internal.h"
#include "file.h"
#include "folio.h"

#define FREEZE_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | \
			 F_SEAL_WRITE | F_SEAL_FUTURE_WRITE)

/**
 * pram_file_check - check whether PRAM supports a file
 * @file: any open file
 *
 * Return: 0; -EOPNOTSUPP if it is not a regular tmpfs or memfd file, or if it is a hugetlb
 * file; -EBADF if it is not open for writing; -EPERM if it is immutable or append-only.
 */
int pram_file_check(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (!S_ISREG(inode->i_mode) || file->f_mapping->host != inode ||
	    !shmem_mapping(file->f_mapping))
		return -EOPNOTSUPP;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (IS_IMMUTABLE(inode) || IS_APPEND(inode))
		return -EPERM;
	return 0;
}

/* Appends a hole of @hole pages and a held folio to the node. The folio may be moved. */
static int pram_file_keep_folio(struct pram_stream *ps, struct folio **foliop, u64 hole,
				struct pram_file *arg)
{
	int err = pram_stream_hole(ps, hole);

	while (!err) {
		err = pram_stream_add(ps, folio_pfn(*foliop),
				      folio_order(*foliop), 0);
		if (err != -EAGAIN)
			break;
		err = pram_folio_move(foliop, ps->gfp_mask);
		if (!err)
			arg->copied_pages += folio_nr_pages(*foliop);
	}
	return err;
}

static int pram_file_take_folios(struct pram_stream *ps, struct inode *inode, pgoff_t end,
				 struct pram_file *arg)
{
	pgoff_t index = 0, pos = 0;
	int err = 0;

	while (!err && end &&
	       xa_find(&inode->i_mapping->i_pages, &index, end - 1, XA_PRESENT)) {
		struct folio *folio;

		err = pram_folio_hold(inode, index, &folio);
		if (err == -ENOENT) {
			/* Reclaim has freed the clean page: it is a hole now. */
			index++;
			err = 0;
			continue;
		}
		if (err)
			break;
		index = folio->index;
		err = pram_file_keep_folio(ps, &folio, index - pos, arg);
		if (err) {
			pram_folio_unhold(inode, folio, index);
			break;
		}
		index += folio_nr_pages(folio);
		pos = index;
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	return err;
}

static int pram_file_freeze(struct pram_handle *h, struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;

	if (mapping->i_private_data || mapping_mapped(mapping))
		return -EBUSY;
	mapping->i_private_data = h;
	h->node->seals = SHMEM_I(inode)->seals;
	h->node->data_len = i_size_read(inode);
	SHMEM_I(inode)->seals |= FREEZE_SEALS;
	return 0;
}

static void pram_file_thaw(struct pram_handle *h, struct inode *inode)
{
	SHMEM_I(inode)->seals = h->node->seals;
	inode->i_mapping->i_private_data = NULL;
}

static void pram_file_give_back_locked(struct pram_handle *h, struct inode *inode)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		/* First: pages of the file may be freed at any time. */
		pram_cursor_take(&cur, &ext);
		for (i = 0; i < ext.nr; i++) {
			u64 skip = (u64)i << ext.order;

			pram_folio_unhold(inode, pfn_folio(ext.pfn + skip), ext.pos + skip);
			cond_resched();
		}
	}
	pram_file_thaw(h, inode);
	mutex_lock(&pram_mutex);
	pram_node_forget(h);
	mutex_unlock(&pram_mutex);
}

/**
 * pram_file_take - take a file's folios into a node under construction
 * @ps: the node's stream, empty
 * @file: file to take
 * @arg: returns @pages and @copied_pages
 *
 * On success the file is frozen and the node holds its contents, size and seals. The
 * caller must keep a reference to @file and call either pram_file_commit() or
 * pram_file_give_back() once.
 *
 * Context: may sleep for swap-in and allocations. Takes the inode lock.
 * Return: 0, or -errno. On error the file is unchanged and the node is empty.
 *
 * Error values:
 *    %EOPNOTSUPP, %EBADF, %EPERM: see pram_file_check()
 *    %EBUSY: the file is mapped, frozen or hidden, or a page is in use; the
 *            jump into the next kernel has begun
 *    %ENOMEM: insufficient memory, also for swap-in
 *    %EIO: swap-in failed, or a page is poisoned
 *    %EINTR: the caller is being killed
 */
int pram_file_take(struct pram_stream *ps, struct file *file,
		   struct pram_file *arg)
{
	struct pram_handle *h = ps->node;
	struct inode *inode = file_inode(file);
	int err = pram_file_check(file);

	if (err)
		return err;
	arg->copied_pages = 0;
	/* Drain once for the whole file, otherwise many folios would need a retry. */
	lru_add_drain_all();
	inode_lock(inode);
	err = pram_file_freeze(h, inode);
	if (!err) {
		err = pram_file_take_folios(ps, inode,
					    DIV_ROUND_UP_ULL(h->node->data_len, PAGE_SIZE),
					    arg);
		if (err) {
			pram_file_give_back_locked(h, inode);
			pram_stream_init(ps, h, ps->gfp_mask);
		}
	}
	arg->pages = h->node->nr_pages;
	inode_unlock(inode);
	return err;
}

/**
 * pram_file_give_back - put all folios of a node back into their file
 * @h: node under construction, filled by pram_file_take()
 * @file: the file that was taken
 *
 * Cannot fail. The node is empty afterwards.
 *
 * Context: may sleep. Takes the inode lock and pram_mutex.
 */
void pram_file_give_back(struct pram_handle *h, struct file *file)
{
	struct inode *inode = file_inode(file);

	inode_lock(inode);
	pram_file_give_back_locked(h, inode);
	inode_unlock(inode);
}

/**
 * pram_file_commit - detach the folios of a node from their file
 * @h: node under construction, filled by pram_file_take()
 * @file: the file that was taken; it keeps its size and becomes one hole
 *
 * Cannot fail. The caller calls pram_finish_save() next.
 *
 * Context: may sleep. Takes the inode lock.
 */
void pram_file_commit(struct pram_handle *h, struct file *file)
{
	struct inode *inode = file_inode(file);
	struct pram_cursor cur;
	struct pram_extent ext;
	unsigned int i;

	inode_lock(inode);
	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		for (i = 0; i < ext.nr; i++) {
			struct folio *folio = pfn_folio(ext.pfn + ((u64)i << ext.order));

			mem_cgroup_uncharge(folio);
			pram_folio_clean(folio);
			cond_resched();
		}
	}
	/* Remove the markers and release the file's blocks. */
	shmem_truncate_range(inode, 0, (loff_t)-1);
	pram_file_thaw(h, inode);
	inode_unlock(inode);
}
