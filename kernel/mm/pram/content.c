// SPDX-License-Identifier: GPL-2.0-only
/*
 * Page streams and byte streams: the interface for kernel code.
 *
 * Loading consumes the entries page by page, so that the remaining entries can be freed at
 * any time.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "internal.h"

/*
 * Returns the first entry of a stream that is being consumed, and frees consumed links
 * under pram_mutex, because sealing may be walking them.
 */
static u64 *pram_stream_head(struct pram_stream *ps)
{
	struct pram_node *node = ps->node->node;

	while (ps->link) {
		struct pram_link *link = ps->link;

		for (; ps->index < link->nr; ps->index++)
			if (link->entry[ps->index] &&
			    !pram_entry_is_hole(link->entry[ps->index]))
				return &link->entry[ps->index];
		mutex_lock(&pram_mutex);
		node->link_pfn = link->link_pfn;
		node->nr_links--;
		ps->link = link->link_pfn ? pram_va(link->link_pfn) : NULL;
		ps->index = 0;
		pram_free_meta(link);
		mutex_unlock(&pram_mutex);
	}
	return NULL;
}

/*
 * Removes one folio from the first entry and takes over PRAM's reference to it. Sealing must not
 * find it any more, see pram_cursor_take().
 */
static void pram_stream_pop(struct pram_stream *ps, u64 *entry)
{
	struct pram_node *node = ps->node->node;
	unsigned int order = pram_entry_order(*entry), nr = pram_entry_nr(*entry);
	u64 pfn = pram_entry_pfn(*entry);

	mutex_lock(&pram_mutex);
	node->nr_pages -= 1ULL << order;
	node->nr_folios--;
	if (nr == 1)
		*entry = 0;
	else
		*entry = pram_entry(pfn + (1ULL << order), order, nr - 1,
				    pram_entry_flags(*entry));
	pram_unkeep(pfn, 1ULL << order);
	mutex_unlock(&pram_mutex);
}

/**
 * pram_save_folio - save a folio of any order to a page stream
 * @ps: stream from pram_prepare_save(), of PRAM_PAGE_STREAM
 * @folio: the folio; PRAM takes a reference
 * @flags: PRAM_PAGE_*, returned by pram_load_page()
 *
 * The caller may continue to use the folio. If the folio lies where the next kernel would
 * overwrite it, PRAM saves a copy of its current contents instead.
 *
 * Return: 0 on success, -errno on failure.
 *
 * Error values:
 *    %ENOMEM: insufficient amount of memory available
 *    %EEXIST: the folio has been saved already
 *    %EBUSY: the jump into the next kernel has begun
 *    %ERANGE: folio or flags too large
 */
int pram_save_folio(struct pram_stream *ps, struct folio *folio, int flags)
{
	unsigned int order = folio_order(folio);
	int err;

	if (WARN_ON_ONCE(ps->node->type != PRAM_NODE_PAGES))
		return -EPERM;
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
 * @page: the page, not part of a larger folio; PRAM takes a reference
 * @flags: PRAM_PAGE_*, returned by pram_load_page()
 *
 * Return: 0 on success, -errno on failure; see pram_save_folio().
 */
int pram_save_page(struct pram_stream *ps, struct page *page, int flags)
{
	if (WARN_ON_ONCE(PageCompound(page)))
		return -EINVAL;
	return pram_save_folio(ps, page_folio(page), flags);
}
EXPORT_SYMBOL_GPL(pram_save_page);

/**
 * pram_load_page - load the next page or folio of a page stream
 * @ps: stream from pram_prepare_load(), of PRAM_PAGE_STREAM
 * @flags: set to the PRAM_PAGE_* flags it was saved with, may be NULL
 *
 * Pages are returned in the order in which they were saved. For a large folio its head
 * page is returned.
 *
 * Return: the page with one reference owned by the caller, or NULL at the end.
 */
struct page *pram_load_page(struct pram_stream *ps, int *flags)
{
	unsigned int order;
	struct folio *folio;
	u64 *entry, pfn;

	if (WARN_ON_ONCE(ps->node->type != PRAM_NODE_PAGES))
		return NULL;
	entry = pram_stream_head(ps);
	if (!entry)
		return NULL;
	pfn = pram_entry_pfn(*entry);
	order = pram_entry_order(*entry);
	if (flags)
		*flags = pram_entry_flags(*entry);
	folio = pram_folio(ps->node, pfn, order);
	pram_stream_pop(ps, entry);
	return folio_page(folio, 0);
}
EXPORT_SYMBOL_GPL(pram_load_page);

/* Returns the address of the page to which a byte stream under construction writes next. */
static void *pram_write_page(struct pram_stream *ps)
{
	struct page *page;
	u64 last;
	int err;

	if (ps->offset) {
		last = ps->link->entry[ps->link->nr - 1];
		return pram_va(pram_entry_pfn(last) + pram_entry_nr(last) - 1);
	}
	do {
		page = pram_alloc_page(ps->gfp_mask | __GFP_ZERO);
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
 * @buf: data to append
 * @count: number of bytes
 *
 * Return: @count, or -ENOMEM or -EBUSY; part of the data may have been appended then.
 */
ssize_t pram_write(struct pram_stream *ps, const void *buf, size_t count)
{
	size_t done = 0;

	if (WARN_ON_ONCE(ps->node->type != PRAM_NODE_BYTES))
		return -EPERM;
	while (done < count) {
		size_t part = min_t(size_t, count - done, PAGE_SIZE - ps->offset);
		void *page = pram_write_page(ps);

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
 * pram_read - read the next bytes of a byte stream
 * @ps: stream from pram_prepare_load(), of PRAM_BYTE_STREAM
 * @buf: destination buffer
 * @count: number of bytes to read
 *
 * Return: number of bytes read; less than @count only at the end of the stream.
 */
size_t pram_read(struct pram_stream *ps, void *buf, size_t count)
{
	struct pram_node *node = ps->node->node;
	size_t done = 0;

	if (WARN_ON_ONCE(ps->node->type != PRAM_NODE_BYTES))
		return 0;
	while (done < count && node->data_len) {
		u64 *entry = pram_stream_head(ps), pfn;
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
			pram_stream_pop(ps, entry);
			pram_free_pages(pfn, 0, 1, false);
		}
	}
	return done;
}
EXPORT_SYMBOL_GPL(pram_read);
