// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeping pages from the page allocator.
 *
 * Two kinds never get there: preserved pages, and pages in scratch (of which
 * parts of the kernel image and the initrd want to be freed at the end of boot).
 *
 * A preserved page is made to look like an allocated one instead: one
 * reference, counted as managed. Freeing it later is then just freeing it, and
 * the totals are those of a boot without it.
 */
#include <linux/align.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/pram_boot.h>

#include "../internal.h"
#include "internal.h"

/* set once before any page is freed, cleared by nobody */
bool pram_withholding __ro_after_init;

/* does any of the pages lie in scratch? */
bool pram_in_scratch(u64 pfn, u64 nr)
{
	unsigned int i;

	for (i = 0; i < pram_nr_scratch; i++) {
		const struct pram_range *r = &pram_scratch[i];

		if (PFN_PHYS(pfn) < r->base + r->size &&
		    PFN_PHYS(pfn + nr) > r->base)
			return true;
	}
	return false;
}

static void __meminit pram_free_run(u64 pfn, u64 end)
{
	while (pfn < end) {
		unsigned int order = min_t(unsigned int, MAX_PAGE_ORDER,
					   ilog2(end - pfn));

		if (pfn)
			order = min_t(unsigned int, order, __ffs64(pfn));
		__free_pages_core(pfn_to_page(pfn), order, MEMINIT_EARLY);
		pfn += 1ULL << order;
	}
}

static void __meminit pram_keep_run(u64 pfn, u64 end)
{
	atomic_long_add(end - pfn, &page_zone(pfn_to_page(pfn))->managed_pages);
	/* memmap's initialisation left each page with one reference */
	for (; pfn < end; pfn++)
		VM_WARN_ON_ONCE(page_count(pfn_to_page(pfn)) != 1 ||
				PageReserved(pfn_to_page(pfn)));
}

/**
 * pram_withhold_pages - free what may be freed of a block, keep the rest
 * @page: first page
 * @order: of the block, which memblock is about to free
 *
 * Called for each block, on the early and on the deferred path; several
 * threads may be in here at once, for different blocks.
 *
 * Return: false if there is nothing to withhold: the caller frees the block.
 */
bool __meminit pram_withhold_pages(struct page *page, unsigned int order)
{
	u64 pfn = page_to_pfn(page), end = pfn + (1ULL << order), next;

	/* Late frees by memblock (init data) of pages that lie in scratch. */
	if (pram_in_scratch(pfn, end - pfn))
		return true;
	if (!pram_withholding)
		return false;
	next = pram_map_next(&pram_map, pfn, end);
	if (next == end)
		return false;
	while (pfn < end) {
		pram_free_run(pfn, next);
		pfn = pram_map_next_zero(&pram_map, next, end);
		if (next < pfn)
			pram_keep_run(next, pfn);
		next = pram_map_next(&pram_map, pfn, end);
	}
	return true;
}

/**
 * pram_withhold_reserved - must this reserved page stay reserved?
 * @page: page of the kernel image or the initrd that is about to be freed
 */
bool pram_withhold_reserved(struct page *page)
{
	return pram_in_scratch(page_to_pfn(page), 1);
}
