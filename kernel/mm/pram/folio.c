// SPDX-License-Identifier: GPL-2.0-only
/*
 * Moving single folios between the page cache of a shmem file and PRAM. See file.c for
 * what "held" means.
 *
 * Lock order: inode lock (held by the callers), folio lock, i_pages lock.
 */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/vmstat.h>
#include <linux/xarray.h>

#include "../internal.h"
#include "folio.h"
#include "internal.h"

/* Temporary references go away within a few tries. A longer one means the page is in use. */
#define HOLD_TRIES	10

/* The entry that replaces a held folio in the file's xarray. */
static void *pram_folio_marker(void)
{
	return swp_to_radix_entry(make_poisoned_swp_entry());
}

/**
 * pram_folio_clean - reset the state that the page cache left on a folio
 * @folio: folio that is not in the page cache, on the LRU or charged; the caller has the
 *	only reference
 *
 * Afterwards the folio is in the state of a new one from folio_alloc(), except for its
 * contents.
 */
void pram_folio_clean(struct folio *folio)
{
	long nr = folio_nr_pages(folio);

	/* Truncation may leave it set, see __free_pages_prepare(). */
	if (unlikely(folio_test_mlocked(folio))) {
		__folio_clear_mlocked(folio);
		zone_stat_mod_folio(folio, NR_MLOCK, -nr);
		count_vm_events(UNEVICTABLE_PGCLEARED, nr);
	}
	if (folio->flags & PAGE_FLAGS_CHECK_AT_PREP & ~BIT(PG_head))
		set_mask_bits(&folio->flags, PAGE_FLAGS_CHECK_AT_PREP & ~BIT(PG_head), 0);
}

/*
 * Replaces a folio in the file by a marker. The folio is locked. On success the caller has
 * the only reference.
 */
static int pram_folio_detach(struct inode *inode, struct folio *folio)
{
	struct address_space *mapping = inode->i_mapping;
	long nr = folio_nr_pages(folio);
	XA_STATE_ORDER(xas, &mapping->i_pages, folio->index, folio_order(folio));
	bool alone;

	if (folio_test_hwpoison(folio) ||
	    (folio_test_large(folio) && folio_test_has_hwpoisoned(folio)))
		return -EIO;
	if (!folio_test_lru(folio))
		lru_add_drain();
	if (folio_mapped(folio) || !folio_isolate_lru(folio))
		return -EBUSY;
	/* Raise "swapped" before nrpages decreases, see shmem_recalc_inode(). */
	shmem_recalc_inode(inode, 0, nr);
	xas_lock_irq(&xas);
	/* Expected: nr for the page cache, one for the isolation, one of the caller. */
	alone = folio_ref_freeze(folio, nr + 2);
	if (alone) {
		xas_store(&xas, pram_folio_marker());
		folio->mapping = NULL;
		mapping->nrpages -= nr;
		shmem_update_stats(folio, -nr);
		folio_ref_unfreeze(folio, 1);
	}
	xas_unlock_irq(&xas);
	if (alone)
		return 0;
	shmem_recalc_inode(inode, 0, -nr);
	folio_putback_lru(folio);
	return -EBUSY;
}

/**
 * pram_folio_hold - remove a folio from a file and leave a marker
 * @inode: inode of the file
 * @index: page index within the file's size; any page of the folio
 * @ret: returns the folio; the caller has the only reference
 *
 * If needed, the folio is swapped in or zeroed first.
 *
 * Context: the caller holds the inode lock. May sleep.
 * Return: 0; -ENOENT if there is no page; -EBUSY if somebody else uses it; -EIO or -ENOMEM
 * from swap-in; -EIO if it is poisoned.
 */
int pram_folio_hold(struct inode *inode, pgoff_t index, struct folio **ret)
{
	struct folio *folio;
	int tries, err;

	for (tries = 0; tries < HOLD_TRIES; tries++) {
		err = shmem_get_folio(inode, index, 0, &folio, SGP_NOALLOC);
		if (err)
			return err;
		err = pram_folio_detach(inode, folio);
		folio_unlock(folio);
		if (!err) {
			*ret = folio;
			return 0;
		}
		folio_put(folio);
		if (err != -EBUSY)
			return err;
		lru_add_drain_all();
		schedule_timeout_uninterruptible(tries);
	}
	return -EBUSY;
}

/**
 * pram_folio_unhold - put a held folio back into its file
 * @inode: inode of the file
 * @folio: the held folio or its copy; the caller's reference is consumed
 * @index: page index of its first page
 *
 * Cannot fail and allocates nothing.
 *
 * Context: the caller holds the inode lock.
 */
void pram_folio_unhold(struct inode *inode, struct folio *folio, pgoff_t index)
{
	struct address_space *mapping = inode->i_mapping;
	long nr = folio_nr_pages(folio);
	XA_STATE_ORDER(xas, &mapping->i_pages, index, folio_order(folio));
	bool marked;

	folio_lock(folio);
	xas_lock_irq(&xas);
	marked = xas_load(&xas) == pram_folio_marker();
	if (marked) {
		folio_ref_add(folio, nr);
		folio->mapping = mapping;
		folio->index = index;
		xas_store(&xas, folio);
		mapping->nrpages += nr;
		shmem_update_stats(folio, nr);
	}
	xas_unlock_irq(&xas);
	folio_unlock(folio);
	/* A marker that is gone was removed with its contents, so the folio is freed too. */
	if (WARN_ON_ONCE(!marked)) {
		mem_cgroup_uncharge(folio);
		pram_folio_clean(folio);
	} else {
		shmem_recalc_inode(inode, 0, -nr);
		folio_add_lru(folio);
	}
	folio_put(folio);
}

/**
 * pram_folio_move - replace a folio that the next kernel would overwrite by a copy
 * @foliop: the folio; on success the copy, and the old folio is freed
 * @gfp: allocation mask
 *
 * Return: 0, or -ENOMEM.
 */
int pram_folio_move(struct folio **foliop, gfp_t gfp)
{
	struct folio *old = *foliop, *new = pram_move_folio(old, gfp);

	if (!new)
		return -ENOMEM;
	folio_lock(old);
	__folio_set_locked(new);
	mem_cgroup_migrate(old, new);
	__folio_set_swapbacked(new);
	__folio_mark_uptodate(new);
	folio_set_dirty(new);
	folio_unlock(new);
	folio_unlock(old);
	pram_folio_clean(old);
	folio_put(old);
	*foliop = new;
	return 0;
}
