// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: the entries of a node, written in order and read in order.
 *
 * Saving appends to the last link page and lengthens its last entry where it can.
 * A cursor reads them without using them up; content.c uses them up.
 */
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include "internal.h"

void pram_stream_init(struct pram_stream *ps, struct pram_handle *h, gfp_t gfp)
{
	*ps = (struct pram_stream){
		.gfp_mask = gfp,
		.node = h,
	};
	if (h->node->link_pfn)
		ps->link = pram_va(h->node->link_pfn);
}

/* room for one more entry */
static int stream_room(struct pram_stream *ps)
{
	struct pram_link *link;

	if (ps->link && ps->link->nr < PRAM_LINK_ENTRIES)
		return 0;
	link = pram_alloc_meta(ps->gfp_mask);
	if (!link)
		return -ENOMEM;
	if (ps->link)
		ps->link->link_pfn = PFN_DOWN(__pa(link));
	else
		ps->node->node->link_pfn = PFN_DOWN(__pa(link));
	ps->link = link;
	ps->node->node->nr_links++;
	return 0;
}

/* makes the last entry one folio longer, if the folio is its continuation */
static bool stream_lengthen(struct pram_stream *ps, u64 pfn, unsigned int order,
			    unsigned int flags)
{
	u64 *last, first;
	unsigned int nr;

	if (!ps->link || !ps->link->nr)
		return false;
	last = &ps->link->entry[ps->link->nr - 1];
	nr = pram_entry_nr(*last);
	first = pram_entry_pfn(*last);
	if (pram_entry_is_hole(*last) || nr == PRAM_ENTRY_NR_MAX ||
	    pram_entry_order(*last) != order || pram_entry_flags(*last) != flags ||
	    first + ((u64)nr << order) != pfn)
		return false;
	*last = pram_entry(first, order, nr + 1, flags);
	return true;
}

/**
 * pram_stream_add - append a folio to a node under construction
 * @ps: the stream
 * @pfn: the folio's first page
 * @order: the folio's order
 * @flags: to be found again when loading, up to PRAM_ENTRY_FLAGS_MAX
 *
 * On success the caller's reference is PRAM's.
 *
 * Return: 0; -ENOMEM; -EAGAIN if the folio is banned and must be moved first;
 * -EEXIST if it is kept already; -ERANGE; -EBUSY if the way into the next kernel has
 * begun. On an error nothing has changed.
 */
int pram_stream_add(struct pram_stream *ps, u64 pfn, unsigned int order,
		    unsigned int flags)
{
	struct pram_node *node = ps->node->node;
	int err;

	if (order > PRAM_FOLIO_ORDER_MAX || flags > PRAM_ENTRY_FLAGS_MAX)
		return -ERANGE;
	if (READ_ONCE(pram_sealed))
		return -EBUSY;
	err = stream_room(ps);
	if (err)
		return err;
	err = pram_keep(pfn, 1ULL << order);
	if (err)
		return err;
	if (!stream_lengthen(ps, pfn, order, flags))
		ps->link->entry[ps->link->nr++] = pram_entry(pfn, order, 1, flags);
	node->nr_pages += 1ULL << order;
	node->nr_folios++;
	return 0;
}

/**
 * pram_stream_hole - leave positions of a node under construction empty
 * @ps: the stream
 * @pages: how many
 *
 * Return: 0, -ENOMEM, -ERANGE.
 */
int pram_stream_hole(struct pram_stream *ps, u64 pages)
{
	int err;

	if (!pages)
		return 0;
	if (pages > PRAM_ENTRY_PFN_MAX)
		return -ERANGE;
	err = stream_room(ps);
	if (!err)
		ps->link->entry[ps->link->nr++] = pram_entry_hole(pages);
	return err;
}

void pram_cursor_init(struct pram_cursor *cur, const struct pram_handle *h)
{
	*cur = (struct pram_cursor){ };
	if (h->node->link_pfn)
		cur->link = pram_va(h->node->link_pfn);
}

/**
 * pram_cursor_next - the next run of folios
 * @cur: the cursor
 * @ret: the run; holes show in its position only
 *
 * Return: false at the end.
 */
bool pram_cursor_next(struct pram_cursor *cur, struct pram_extent *ret)
{
	while (cur->link) {
		u64 entry;

		if (cur->index == cur->link->nr) {
			u64 next = cur->link->link_pfn;

			cur->link = next ? pram_va(next) : NULL;
			cur->index = 0;
			continue;
		}
		entry = cur->link->entry[cur->index++];
		if (entry && !pram_entry_is_hole(entry)) {
			*ret = (struct pram_extent){
				.pfn = pram_entry_pfn(entry),
				.pos = cur->pos,
				.nr = pram_entry_nr(entry),
				.order = pram_entry_order(entry),
				.flags = pram_entry_flags(entry),
			};
			cur->pos += pram_entry_pages(entry);
			return true;
		}
		if (entry)
			cur->pos += pram_entry_pages(entry);
	}
	return false;
}
