// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: the entries of a node, written in order and read in order.
 *
 * Saving appends to the last link page and lengthens its last entry where it can.
 * Loading by pram_load_page() and pram_read() uses the entries up, page by page, so
 * that what is left can be freed at any time. A cursor reads without using up.
 */
#include <linux/export.h>
#include <linux/highmem.h>
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

/* The head entry of a stream being used up; its empty links are freed. */
static u64 *stream_head(struct pram_stream *ps)
{
	struct pram_node *node = ps->node->node;

	while (ps->link) {
		struct pram_link *link = ps->link;

		for (; ps->index < link->nr; ps->index++)
			if (link->entry[ps->index] &&
			    !pram_entry_is_hole(link->entry[ps->index]))
				return &link->entry[ps->index];
		node->link_pfn = link->link_pfn;
		node->nr_links--;
		ps->link = link->link_pfn ? pram_va(link->link_pfn) : NULL;
		ps->index = 0;
		pram_free_meta(link);
	}
	return NULL;
}

/* takes one folio off the head entry */
static void stream_pop(struct pram_stream *ps, u64 *entry)
{
	struct pram_node *node = ps->node->node;
	unsigned int order = pram_entry_order(*entry), nr = pram_entry_nr(*entry);

	node->nr_pages -= 1ULL << order;
	node->nr_folios--;
	if (nr == 1)
		*entry = 0;
	else
		*entry = pram_entry(pram_entry_pfn(*entry) + (1ULL << order), order,
				    nr - 1, pram_entry_flags(*entry));
}

/**
 * pram_save_folio - save a folio of any order to a page stream
 * @ps: stream from pram_prepare_save(), of PRAM_PAGE_STREAM
 * @folio: the folio; it gets one more reference
 * @flags: PRAM_PAGE_*, to be found again when loading
 *
 * The folio may be used as before. One that lies where the next kernel will
 * put its image is copied as it is now.
 *
 * Return: 0 on success, -errno on failure.
 *
 * Error values:
 *    %ENOMEM: insufficient amount of memory available
 *    %EEXIST: the folio has been saved already
 *    %EBUSY: the way into the next kernel has begun
 *    %ERANGE: folio or flags too large
 */
int pram_save_folio(struct pram_stream *ps, struct folio *folio, int flags)
{
	unsigned int order = folio_order(folio);
	int err;

	BUG_ON(ps->node->type != PRAM_NODE_PAGES);
	folio_get(folio);
	do {
		err = pram_stream_add(ps, folio_pfn(folio), order, flags);
		if (err == -EAGAIN) {
			struct folio *new = pram_move_folio(folio, ps->gfp_mask);

			if (!new)
				err = -ENOMEM;
			folio_put(folio);
			if (!new)
				return err;
			folio = new;
		}
	} while (err == -EAGAIN);
	if (err)
		folio_put(folio);
	return err;
}
EXPORT_SYMBOL_GPL(pram_save_folio);

/**
 * pram_save_page - save a page to a page stream
 * @ps: stream from pram_prepare_save(), of PRAM_PAGE_STREAM
 * @page: the page, not part of a larger folio; it gets one more reference
 * @flags: PRAM_PAGE_*, to be found again when loading
 *
 * Return: 0 on success, -errno on failure; see pram_save_folio().
 */
int pram_save_page(struct pram_stream *ps, struct page *page, int flags)
{
	BUG_ON(PageCompound(page));
	return pram_save_folio(ps, page_folio(page), flags);
}
EXPORT_SYMBOL_GPL(pram_save_page);

/**
 * pram_load_page - load the next page or folio of a page stream
 * @ps: stream from pram_prepare_load(), of PRAM_PAGE_STREAM
 * @flags: PRAM_PAGE_* as saved, may be NULL
 *
 * Pages come in the order in which they were saved; a large folio comes whole,
 * by its head page.
 *
 * Return: the page, whose reference is the caller's, or NULL at the end.
 */
struct page *pram_load_page(struct pram_stream *ps, int *flags)
{
	unsigned int order;
	struct folio *folio;
	u64 *entry, pfn;

	BUG_ON(ps->node->type != PRAM_NODE_PAGES);
	entry = stream_head(ps);
	if (!entry)
		return NULL;
	pfn = pram_entry_pfn(*entry);
	order = pram_entry_order(*entry);
	if (flags)
		*flags = pram_entry_flags(*entry);
	folio = pram_folio(ps->node, pfn, order);
	stream_pop(ps, entry);
	pram_unkeep(pfn, 1ULL << order);
	return folio_page(folio, 0);
}
EXPORT_SYMBOL_GPL(pram_load_page);

/* page that a byte stream being saved writes to */
static void *write_page(struct pram_stream *ps)
{
	struct page *page;
	u64 last;
	int err;

	if (ps->offset) {
		last = ps->link->entry[ps->link->nr - 1];
		return pram_va(pram_entry_pfn(last) + pram_entry_nr(last) - 1);
	}
	do {
		page = pram_alloc_page((ps->gfp_mask & GFP_RECLAIM_MASK) | __GFP_ZERO);
		if (!page)
			return ERR_PTR(-ENOMEM);
		err = pram_stream_add(ps, page_to_pfn(page), 0, 0);
		if (err)
			__free_page(page);
	} while (err == -EAGAIN);
	return err ? ERR_PTR(err) : page_address(page);
}

/**
 * pram_write - append to a byte stream
 * @ps: stream from pram_prepare_save(), of PRAM_BYTE_STREAM
 * @buf: what to append
 * @count: bytes
 *
 * Return: @count, or -ENOMEM, -EBUSY; then an unknown part has been written.
 */
ssize_t pram_write(struct pram_stream *ps, const void *buf, size_t count)
{
	size_t done = 0;

	BUG_ON(ps->node->type != PRAM_NODE_BYTES);
	while (done < count) {
		size_t part = min_t(size_t, count - done, PAGE_SIZE - ps->offset);
		void *page = write_page(ps);

		if (IS_ERR(page))
			return PTR_ERR(page);
		memcpy(page + ps->offset, buf + done, part);
		ps->offset = (ps->offset + part) % PAGE_SIZE;
		ps->node->node->data_len += part;
		done += part;
	}
	return count;
}
EXPORT_SYMBOL_GPL(pram_write);

/**
 * pram_read - read on in a byte stream
 * @ps: stream from pram_prepare_load(), of PRAM_BYTE_STREAM
 * @buf: where to
 * @count: bytes wanted
 *
 * Return: bytes read; fewer than @count at the end of the stream.
 */
size_t pram_read(struct pram_stream *ps, void *buf, size_t count)
{
	struct pram_node *node = ps->node->node;
	size_t done = 0;

	BUG_ON(ps->node->type != PRAM_NODE_BYTES);
	while (done < count && node->data_len) {
		u64 *entry = stream_head(ps), pfn;
		size_t part = min_t(size_t, count - done, PAGE_SIZE - ps->offset);

		if (!entry)
			break;
		pfn = pram_entry_pfn(*entry);
		part = min_t(u64, part, node->data_len);
		memcpy(buf + done, pram_va(pfn) + ps->offset, part);
		ps->offset = (ps->offset + part) % PAGE_SIZE;
		node->data_len -= part;
		done += part;
		if (!ps->offset) {
			stream_pop(ps, entry);
			pram_free_pages(pfn, 0, 1, false);
		}
	}
	return done;
}
EXPORT_SYMBOL_GPL(pram_read);
