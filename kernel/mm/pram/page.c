// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are kept: getting, marking, moving and freeing them.
 *
 * A kept page has its bit in the map and one reference that PRAM owns. It must
 * lie where the next kernel neither puts its image nor allocates before it
 * has read the map: not in scratch, not in the first MiB, and not where the
 * image loaded for kexec will go.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include "../internal.h"
#include "internal.h"

struct pram_map pram_map;
/* the map, the counters, the place of the kexec image; after pram_mutex */
DEFINE_MUTEX(pram_map_mutex);
atomic64_t pram_moved_pages;

void *pram_va(u64 pfn)
{
	return pfn_to_kaddr(pfn);
}

/**
 * pram_banned - would the next kernel overwrite these pages?
 * @pfn: first page
 * @nr: how many
 *
 * True for pages that must be moved before they are kept. The answer may
 * change when an image is loaded; pram_keep() asks again.
 */
bool pram_banned(u64 pfn, u64 nr)
{
	return PFN_PHYS(pfn) < SZ_1M || pram_in_scratch(pfn, nr) ||
	       pram_image_hits(pfn, nr);
}

/**
 * pram_keep - mark pages as preserved
 * @pfn: first page, whose reference is now PRAM's
 * @nr: how many
 *
 * Return: 0; -EAGAIN if they are banned, -EEXIST if one is kept already,
 * -ENOMEM without memory for the map, -ERANGE for memory that the map does not
 * cover, -EBUSY once the map is sealed.
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
 * pram_unkeep - the pages are not PRAM's any more
 * @pfn: first page
 * @nr: how many
 *
 * Once the map is sealed it stays as it is: the tasks that still run then free
 * nodes only that the next kernel is not going to see.
 */
void pram_unkeep(u64 pfn, u64 nr)
{
	mutex_lock(&pram_map_mutex);
	if (!pram_sealed)
		pram_map_clear(&pram_map, pfn, nr);
	mutex_unlock(&pram_map_mutex);
}

/* the map's own pages; pram_map_mutex is held, or @map is not shared */
u64 pram_leaf_alloc(struct pram_map *map)
{
	struct page *page;

	if (!map->keeps_itself)
		page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	else
		page = pram_alloc_page(GFP_KERNEL | __GFP_ZERO);
	return page ? page_to_pfn(page) : 0;
}

void pram_leaf_free(struct pram_map *map, u64 pfn)
{
	__free_page(pfn_to_page(pfn));
}

/**
 * pram_alloc_page - allocate a page that may be kept
 * @gfp: how to reclaim, and __GFP_ZERO; the rest is ignored
 *
 * Pages that are banned are held back until one is found that is not.
 *
 * Return: the page, or NULL.
 */
struct page *pram_alloc_page(gfp_t gfp)
{
	struct page *page, *bad, *next;
	LIST_HEAD(banned);

	gfp &= GFP_RECLAIM_MASK | __GFP_ZERO;
	while ((page = alloc_page(gfp)) && pram_banned(page_to_pfn(page), 1))
		list_add(&page->lru, &banned);
	list_for_each_entry_safe(bad, next, &banned, lru) {
		list_del(&bad->lru);
		__free_page(bad);
	}
	return page;
}

/**
 * pram_alloc_meta - allocate a zeroed page of PRAM's own, and keep it
 * @gfp: allocation mask
 *
 * Return: its address, or NULL; free it by pram_free_meta().
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
 * pram_move_folio - copy a folio to where it may be kept
 * @folio: the folio, unchanged meanwhile
 * @gfp: allocation mask
 *
 * Return: a folio of the same order and contents with one reference, or NULL
 * without memory for it. @folio is the caller's as before.
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
 * pram_folio - the folio of an entry
 * @h: node that it belongs to
 * @pfn: its first page
 * @order: its order
 *
 * The pages of an earlier kernel are single pages at first: a large folio is
 * built again here, once.
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

	/* Somebody else has a reference too: the contents are not ours alone. */
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
 * pram_free_pages - let go of kept folios
 * @pfn: first page
 * @order: of each folio
 * @nr: number of folios, adjacent
 * @zero: overwrite what nobody else holds
 */
void pram_free_pages(u64 pfn, unsigned int order, unsigned int nr, bool zero)
{
	unsigned int i;

	pram_unkeep(pfn, (u64)nr << order);
	for (i = 0; i < nr; i++) {
		pram_free_folio(pfn + ((u64)i << order), order, zero);
		cond_resched();
	}
}
