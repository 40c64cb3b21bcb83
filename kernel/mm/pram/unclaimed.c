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
#include <linux/sched.h>

#include "internal.h"

/* Map of the unclaimed pages. Protected by pram_map_mutex. */
static struct pram_map unclaimed;

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

static void pram_release_page(u64 pfn)
{
	struct page *page = pfn_to_page(pfn);

	clear_highpage(page);
	__free_page(page);
}

/**
 * pram_unclaimed_release - zero and free all unclaimed pages
 *
 * Context: the caller holds pram_mutex. May sleep. Takes pram_map_mutex.
 * Return: number of pages freed.
 */
u64 pram_unclaimed_release(void)
{
	u64 end, pfn, done = 0;

	mutex_lock(&pram_map_mutex);
	end = pram_map_end(&unclaimed);
	for (pfn = pram_map_next(&unclaimed, 0, end); pfn < end;
	     pfn = pram_map_next(&unclaimed, pfn, end)) {
		pram_map_clear(&unclaimed, pfn, 1);
		pram_map_clear(&pram_map, pfn, 1);
		pram_release_page(pfn);
		done++;
		cond_resched();
	}
	mutex_unlock(&pram_map_mutex);
	return done;
}
