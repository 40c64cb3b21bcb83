// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page frames: which of them can be kept, and allocating one that can.
 *
 * A kept page must not lie where the next kernel loads its image or allocates memory before it
 * has read the map: in scratch, in the first MiB, or in the destination of the loaded kexec
 * image; nor in memory that the next kernel does not have from its start. Such pages are called
 * banned.
 */
#include <linux/gfp.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include "../internal.h"
#include "internal.h"

/*
 * Destination of the image that was loaded last, in pages. Protected by pram_map_mutex. It is
 * set before kexec installs the image, and is not reset when the image is unloaded; that only
 * causes unnecessary copies.
 */
static struct {
	u64 pfn;
	u64 nr;
} image[KEXEC_SEGMENT_MAX];
static unsigned int nr_image;

void *pram_va(u64 pfn)
{
	return pfn_to_kaddr(pfn);
}

/* Is any of the pages in scratch? */
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

/* Bans the destination of an image, in place of the previous one. pram_map_mutex is held. */
void pram_image_ban(const struct kimage *img)
{
	unsigned long i;

	for (i = 0; i < img->nr_segments; i++) {
		image[i].pfn = PFN_DOWN(img->segment[i].mem);
		image[i].nr = PFN_UP(img->segment[i].mem +
				     img->segment[i].memsz) - image[i].pfn;
	}
	nr_image = img->nr_segments;
}

/* Will the jump into the loaded image overwrite any of these pages? */
bool pram_image_hits(u64 pfn, u64 nr)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(nr_image); i++)
		if (pfn < image[i].pfn + image[i].nr && image[i].pfn < pfn + nr)
			return true;
	return false;
}

/**
 * pram_banned - would the next kernel overwrite or not find one of these pages?
 * @pfn: first page
 * @nr: number of pages
 *
 * Without pram_map_mutex the result may change when an image is loaded; pram_keep() checks
 * again under the mutex.
 *
 * Return: true if the pages must be moved before they can be kept.
 */
bool pram_banned(u64 pfn, u64 nr)
{
	return PFN_PHYS(pfn) < SZ_1M || pram_in_scratch(pfn, nr) ||
	       pram_image_hits(pfn, nr) || pram_hot_added(pfn, nr);
}

/**
 * pram_alloc_page - allocate a page that can be kept
 * @gfp: reclaim flags and __GFP_ZERO; other flags are ignored
 *
 * Banned pages are freed only after a suitable page has been found, so that they are not
 * allocated again.
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

/* Called by map.c for the leaves. pram_map_mutex is held, or @map is local to the caller. */
u64 pram_leaf_alloc(struct pram_map *map)
{
	gfp_t gfp = GFP_KERNEL | PRAM_GFP_NO_OOM | __GFP_ZERO;
	struct page *page = map->keeps_itself ? pram_alloc_page(gfp) : alloc_page(gfp);

	return page ? page_to_pfn(page) : 0;
}

void pram_leaf_free(struct pram_map *map, u64 pfn)
{
	__free_page(pfn_to_page(pfn));
}
