// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: a tmpfs or memfd file's folios on their way into a node
 *
 *   pram_file_take() ─► held ─ pram_file_commit() ─► PRAM's alone, file empty
 *                        └─ pram_file_give_back() ─► in the file as before
 *
 * Until the commit the way back must be open, and it must not need anything
 * that can be refused. So a folio that is held has left the page cache and the
 * LRU, but
 *
 *  - a marker stands for it in the file's xarray, which so keeps its nodes: to
 *    put the folio back allocates nothing. The marker is what a failed swap-in
 *    leaves, a poisoned swap entry. shmem knows it everywhere: who reads or
 *    maps it gets EIO or SIGBUS, and never zeroes for data that may come back.
 *  - it counts as swapped out, so the file keeps its blocks, quota and commit
 *    charge. To put it back cannot meet ENOSPC.
 *  - it stays charged to its memory cgroup, and keeps its flags.
 *
 * The file is frozen meanwhile: all seals that forbid a change are set, and so
 * nothing but our own calls removes a marker. That it is frozen, and by which node,
 * is in its mapping's i_private_data, which shmem does not use. Its own seals
 * wait in the node.
 *
 * A file's own seals do not hinder taking. They are a promise among those who
 * use the file that it does not change under them; it goes away for all of them
 * here, and comes back with the same contents under the same seals.
 *
 * Only contents up to the file's size are taken. What fallocate() put behind
 * it holds no data; the commit frees it.
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
 * pram_file_check - is this a file whose folios can be taken and inserted?
 * @file: any open file
 *
 * Return: 0; -EOPNOTSUPP if it is not a regular tmpfs or memfd file, or of huge
 * pages; -EBADF if it is not open for writing; -EPERM if it is immutable or
 * append-only.
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

/* Enters a held folio into the node; @hole positions before it stay empty. */
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
			/* clean, and dropped under our eyes: a hole now */
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
		/* first: in the file they may be freed at any moment */
		pram_unkeep(ext.pfn, (u64)ext.nr << ext.order);
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
 * @file: where from
 * @arg: @pages and @copied_pages are filled in
 *
 * On success the file is frozen and the node holds its contents, size and
 * seals; the caller keeps a reference to @file, and calls pram_file_commit() or
 * pram_file_give_back() once.
 *
 * Context: May sleep, for swap-in and memory. Takes the inode's lock.
 * Return: 0, or -errno; the file is as before then, and the node is empty.
 *
 * Error values:
 *    %EOPNOTSUPP, %EBADF, %EPERM: see pram_file_check()
 *    %EBUSY: the file is mapped, another node has it, or a page is in use; the
 *            way into the next kernel has begun
 *    %ENOMEM: insufficient memory, for swap-in too
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
	/* once for the whole file what would be EBUSY and a retry per folio */
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
 * @h: node under construction that pram_file_take() succeeded for
 * @file: the file
 *
 * Cannot fail. The node is empty afterwards.
 */
void pram_file_give_back(struct pram_handle *h, struct file *file)
{
	struct inode *inode = file_inode(file);

	inode_lock(inode);
	pram_file_give_back_locked(h, inode);
	inode_unlock(inode);
}

/**
 * pram_file_commit - make the folios of a node PRAM's alone
 * @h: node under construction that pram_file_take() succeeded for
 * @file: the file: it keeps its size and becomes one hole
 *
 * Cannot fail. pram_finish_save() is to follow.
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
	/* the markers, and with them the file's blocks */
	shmem_truncate_range(inode, 0, (loff_t)-1);
	pram_file_thaw(h, inode);
	inode_unlock(inode);
}
