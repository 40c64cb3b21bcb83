// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preserved pages that belong to no good node: of corrupt nodes, or of a list that
 * was cut. They are kept, over further kexecs too, until user space asks for
 * their release. Only then are they overwritten.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "internal.h"

/* the pages, in a map of its own; pram_map_mutex */
static struct pram_map unclaimed;

u64 pram_unclaimed_pages(void)
{
	return READ_ONCE(unclaimed.nr_pages);
}

/**
 * pram_unclaimed_find - what is preserved, but claimed by nobody?
 * @claimed: pages of good nodes and of PRAM itself; used up
 *
 * Runs once, at boot, before anybody else can get at the maps.
 */
void pram_unclaimed_find(struct pram_map *claimed)
{
	u64 end = pram_map_end(&pram_map), pfn, next;
	u64 count = pram_map.nr_pages - claimed->nr_pages;

	/* Turn "claimed" into "unclaimed": the root is the same size. */
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
	/* half of it would say so of pages that are somebody's */
	pram_map_free(&unclaimed);
	pr_warn("%llu preserved pages belong to no node, and are not to be had again: no memory\n",
		count);
}

static void pram_release_page(u64 pfn)
{
	struct page *page = pfn_to_page(pfn);

	clear_highpage(page);
	__free_page(page);
}

/**
 * pram_unclaimed_release - zero and free them all
 *
 * Return: how many pages that were.
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
