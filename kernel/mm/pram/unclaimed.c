// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unclaimed pages: preserved pages that belong to no valid node, because their node is corrupt
 * or the list of nodes was cut. They stay preserved, also over further kexecs, until user space
 * calls PRAM_IOC_RELEASE. Only then are they zeroed and freed.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>

#include "internal.h"

#define RUN_MAX	512ULL	/* pages that are freed at a time */

/* Map of the unclaimed pages. Protected by pram_map_mutex. */
static struct pram_map unclaimed;

/* Held by the call that releases them. Taken before pram_map_mutex. */
static DEFINE_MUTEX(release_mutex);

u64 pram_unclaimed_pages(void)
{
	return READ_ONCE(unclaimed.nr_pages);
}

/**
 * pram_unclaimed_find - find the pages that are preserved but not claimed
 * @claimed: map of the pages of valid nodes and of PRAM itself; consumed
 *
 * Context: initcall, once, before anybody else can use the maps. May sleep.
 */
void pram_unclaimed_find(struct pram_map *claimed)
{
	u64 end = pram_map_end(&pram_map), pfn, next;
	u64 count = pram_map.nr_pages - claimed->nr_pages;

	/* Convert @claimed to the map of unclaimed pages in place; the roots have the same size. */
	unclaimed = *claimed;
	if (!count) {
		pram_map_free(&unclaimed);
		return;
	}
	for (pfn = pram_map_next(&pram_map, 0, end); pfn < end;
	     pfn = pram_map_next(&pram_map, next, end)) {
		bool was = pram_map_test(&unclaimed, pfn);

		next = pfn + 1;
		if (was)
			pram_map_clear(&unclaimed, pfn, 1);
		else if (pram_map_set(&unclaimed, pfn, 1))
			goto out_no_memory;
		cond_resched();
	}
	pr_warn("%llu preserved pages belong to no node\n", count);
	return;

out_no_memory:
	/* A map converted in part would contain pages that are claimed. */
	pram_map_free(&unclaimed);
	pr_warn("%llu preserved pages belong to no node and cannot be released: no memory\n",
		count);
}

/* Returns the length of the first run of unclaimed pages at or after *@pfn; 0 if there is none. */
static u64 pram_unclaimed_run(u64 *pfn)
{
	u64 end, nr = 0;

	mutex_lock(&pram_map_mutex);
	end = pram_map_end(&unclaimed);
	*pfn = pram_map_next(&unclaimed, *pfn, end);
	if (*pfn < end)
		nr = pram_map_next_zero(&unclaimed, *pfn, min(end, *pfn + RUN_MAX)) - *pfn;
	mutex_unlock(&pram_map_mutex);
	return nr;
}

/* Zeroes the pages while they are still preserved: nobody else uses them. */
static int pram_unclaimed_free(u64 pfn, u64 nr)
{
	int err = 0;
	u64 i;

	for (i = 0; i < nr; i++) {
		clear_highpage(pfn_to_page(pfn + i));
		cond_resched();
	}
	mutex_lock(&pram_map_mutex);
	if (pram_sealed) {
		err = -EBUSY;
	} else {
		pram_map_clear(&unclaimed, pfn, nr);
		pram_map_clear(&pram_map, pfn, nr);
	}
	mutex_unlock(&pram_map_mutex);
	for (i = 0; !err && i < nr; i++)
		__free_page(pfn_to_page(pfn + i));
	return err;
}

/**
 * pram_unclaimed_release - zero and free all unclaimed pages
 * @ret_pages: returns the number of pages freed
 *
 * Context: may sleep. Takes pram_map_mutex, but does not hold it while pages are zeroed.
 * Return: 0; -EBUSY if the jump into the next kernel has begun; -EINTR if the caller is being
 * killed. On error some of the pages may have been freed.
 */
int pram_unclaimed_release(u64 *ret_pages)
{
	u64 pfn = 0, nr;
	int err = 0;

	*ret_pages = 0;
	if (mutex_lock_killable(&release_mutex))
		return -EINTR;
	while (!err && (nr = pram_unclaimed_run(&pfn))) {
		err = pram_unclaimed_free(pfn, nr);
		if (!err)
			*ret_pages += nr;
		if (!err && fatal_signal_pending(current))
			err = -EINTR;
	}
	mutex_unlock(&release_mutex);
	return err;
}
