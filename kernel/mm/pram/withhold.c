// SPDX-License-Identifier: GPL-2.0-only
/*
 * Withholding pages from the page allocator when memblock frees its memory.
 *
 * Two kinds of pages are withheld: preserved pages, and pages in scratch. The latter include
 * parts of the kernel image and of the initrd that would be freed at the end of boot.
 *
 * A preserved page gets the state of an allocated page: it has one reference and counts as a
 * managed page. It can later be freed like any page, and the memory totals are the same as
 * without preserved pages.
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

/* Set once by pram_memory_init(), before any page is freed. */
bool pram_withholding __ro_after_init;

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
	/* The initialization of the memmap has left each page with one reference. */
	for (; pfn < end; pfn++)
		VM_WARN_ON_ONCE(page_count(pfn_to_page(pfn)) != 1 ||
				PageReserved(pfn_to_page(pfn)));
}

/**
 * pram_withhold_pages - free the pages of a block that need not be withheld
 * @page: first page of the block that memblock is about to free
 * @order: order of the block
 *
 * Context: boot; early and deferred initialization of the memmap. Threads may call it
 * concurrently for different blocks.
 * Return: false if no page must be withheld and the caller has to free the block; true if the
 * block has been handled.
 */
bool __meminit pram_withhold_pages(struct page *page, unsigned int order)
{
	u64 pfn = page_to_pfn(page), end = pfn + (1ULL << order), next;

	/* Scratch stays reserved, so this is memory in it that memblock frees late (init data). */
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
 * pram_withhold_reserved - must a reserved page stay reserved?
 * @page: page of the kernel image or the initrd that is about to be freed
 *
 * Return: true if the page lies in scratch and must not be freed.
 */
bool pram_withhold_reserved(struct page *page)
{
	return pram_in_scratch(page_to_pfn(page), 1);
}
