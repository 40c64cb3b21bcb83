// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kept pages: marking, moving and freeing them.
 *
 * A kept page has its bit set in the map, and PRAM owns one reference to it. frame.c tells which
 * pages cannot be kept.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>

#include "../internal.h"
#include "internal.h"

/**
 * pram_keep - mark pages as preserved
 * @pfn: first page
 * @nr: number of pages
 *
 * On success PRAM takes over the caller's reference to each page.
 *
 * Context: may sleep. Takes pram_map_mutex.
 * Return: 0; -EAGAIN if a page is banned; -EEXIST if a page is kept already; -ENOMEM without
 * memory for the map; -ERANGE if the map does not cover the pages; -EBUSY if the map is
 * sealed.
 */
int pram_keep(u64 pfn, u64 nr)
{
	int err;

	mutex_lock(&pram_map_mutex);
	if (pram_sealed)
		err = -EBUSY;
	else if (pram_banned(pfn, nr))
		err = -EAGAIN;
	else
		err = pram_map_set(&pram_map, pfn, nr);
	mutex_unlock(&pram_map_mutex);
	return err;
}

/**
 * pram_unkeep - clear the preserved mark of pages
 * @pfn: first page
 * @nr: number of pages
 *
 * The caller takes over PRAM's references. A sealed map is not changed: tasks that still run
 * after sealing only free nodes that are not handed over.
 *
 * Context: may sleep. Takes pram_map_mutex.
 */
void pram_unkeep(u64 pfn, u64 nr)
{
	mutex_lock(&pram_map_mutex);
	if (!pram_sealed)
		pram_map_clear(&pram_map, pfn, nr);
	mutex_unlock(&pram_map_mutex);
}

/**
 * pram_alloc_meta - allocate and keep a zeroed page for metadata
 * @gfp: allocation mask
 *
 * Context: may sleep. Takes pram_map_mutex.
 * Return: address of the page, to be freed by pram_free_meta(), or NULL.
 */
void *pram_alloc_meta(gfp_t gfp)
{
	struct page *page;
	int err;

	do {
		page = pram_alloc_page(gfp | __GFP_ZERO);
		if (!page)
			return NULL;
		err = pram_keep(page_to_pfn(page), 1);
		if (err)
			__free_page(page);
	} while (err == -EAGAIN);
	return err ? NULL : page_address(page);
}

void pram_free_meta(void *addr)
{
	struct page *page;

	if (!addr)
		return;
	page = virt_to_page(addr);
	pram_unkeep(page_to_pfn(page), 1);
	__free_page(page);
}

/**
 * pram_move_folio - copy a folio to a location that is not banned
 * @folio: the folio; it must not change meanwhile
 * @gfp: allocation mask
 *
 * @folio itself is unchanged and still belongs to the caller.
 *
 * Return: a folio with the same order and contents and one reference, or NULL without
 * memory.
 */
struct folio *pram_move_folio(struct folio *folio, gfp_t gfp)
{
	unsigned int order = folio_order(folio);
	struct folio *new, *next;
	LIST_HEAD(banned);

	gfp &= GFP_RECLAIM_MASK;
	while ((new = folio_alloc(gfp, order)) &&
	       pram_banned(folio_pfn(new), 1UL << order))
		list_add(&new->lru, &banned);
	if (new) {
		folio_copy(new, folio);
		atomic64_add(1L << order, &pram_moved_pages);
	}
	list_for_each_entry_safe(folio, next, &banned, lru) {
		list_del(&folio->lru);
		folio_put(folio);
	}
	return new;
}

/**
 * pram_folio - get the folio of an entry
 * @h: node that contains the entry
 * @pfn: first page of the folio
 * @order: order of the folio
 *
 * Pages from an earlier kernel are order-0 pages at first. The first call for a large folio
 * builds the compound page. The caller serializes calls for the same folio.
 *
 * Return: the folio; no reference is taken.
 */
struct folio *pram_folio(const struct pram_handle *h, u64 pfn, unsigned int order)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long i;

	if (!order || !h->foreign || PageHead(page))
		return page_folio(page);
	for (i = 1; i < 1UL << order; i++)
		set_page_count(page + i, 0);
	prep_compound_page(page, order);
	return page_rmappable_folio(page);
}

static void pram_free_folio(u64 pfn, unsigned int order, bool zero)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long i;

	/* Do not zero a page that somebody else holds a reference to. */
	if (zero && page_ref_count(page) == 1)
		for (i = 0; i < 1UL << order; i++)
			clear_highpage(page + i);
	if (!order || PageCompound(page)) {
		folio_put(page_folio(page));
		return;
	}
	for (i = 0; i < 1UL << order; i++)
		__free_page(page + i);
}

/**
 * pram_free_pages - drop the references to adjacent folios that are not kept any more
 * @pfn: first page
 * @order: order of each folio
 * @nr: number of folios
 * @zero: zero folios to which nobody else holds a reference
 *
 * Context: may sleep.
 */
void pram_free_pages(u64 pfn, unsigned int order, unsigned int nr, bool zero)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		pram_free_folio(pfn + ((u64)i << order), order, zero);
		cond_resched();
	}
}
