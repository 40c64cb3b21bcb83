// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams: appending entries to a node, and iterating over them.
 *
 * Saving appends to the last link page, and merges a run into the last entry if possible. A
 * cursor iterates over the entries without consuming them; content.c consumes them.
 *
 * Locking: a node in state SAVING or LOADING belongs to one caller, who serializes all calls.
 * For a mapped memory node pram_mem.lock does that. Removing link pages also needs
 * pram_mutex, because sealing may be walking them.
 */
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sched.h>
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

/* Makes sure that the last link has space for one more entry. */
static int pram_stream_room(struct pram_stream *ps)
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

/*
 * Merges folios into the last entry if they continue it. Returns the number of folios merged,
 * which may be less than @nr.
 */
static unsigned int pram_stream_lengthen(struct pram_stream *ps, u64 pfn, unsigned int order,
					 unsigned int nr, unsigned int flags)
{
	u64 *last, first;
	unsigned int have;

	if (!ps->link || !ps->link->nr || ps->barrier)
		return 0;
	last = &ps->link->entry[ps->link->nr - 1];
	have = pram_entry_nr(*last);
	first = pram_entry_pfn(*last);
	if (pram_entry_is_hole(*last) || pram_entry_order(*last) != order ||
	    pram_entry_flags(*last) != flags || first + ((u64)have << order) != pfn)
		return 0;
	nr = min_t(unsigned int, nr, PRAM_ENTRY_NR_MAX - have);
	*last = pram_entry(first, order, have + nr, flags);
	return nr;
}

/**
 * pram_stream_add_run - append adjacent folios to a node under construction
 * @ps: the stream
 * @pfn: first page of the first folio
 * @order: order of each folio
 * @nr: number of folios, up to PRAM_ENTRY_NR_MAX
 * @flags: flags of the entry, up to PRAM_ENTRY_FLAGS_MAX
 *
 * On success PRAM takes over the caller's references.
 *
 * Context: may sleep. Takes pram_map_mutex.
 * Return: 0; -ENOMEM; -EAGAIN if a page is banned and must be moved first; -EEXIST if a page
 * is kept already; -ERANGE; -EBUSY if the jump into the next kernel has begun. On error
 * nothing has changed.
 */
int pram_stream_add_run(struct pram_stream *ps, u64 pfn, unsigned int order,
			unsigned int nr, unsigned int flags)
{
	struct pram_node *node = ps->node->node;
	unsigned int done;
	int err;

	if (order > PRAM_FOLIO_ORDER_MAX || flags > PRAM_ENTRY_FLAGS_MAX ||
	    !nr || nr > PRAM_ENTRY_NR_MAX)
		return -ERANGE;
	if (READ_ONCE(pram_sealed))
		return -EBUSY;
	err = pram_stream_room(ps);
	if (err)
		return err;
	err = pram_keep(pfn, (u64)nr << order);
	if (err)
		return err;
	done = pram_stream_lengthen(ps, pfn, order, nr, flags);
	if (done < nr)
		ps->link->entry[ps->link->nr++] =
			pram_entry(pfn + ((u64)done << order), order, nr - done, flags);
	ps->barrier = false;
	node->nr_pages += (u64)nr << order;
	node->nr_folios += nr;
	return 0;
}

/* Appends a single folio, see pram_stream_add_run(). */
int pram_stream_add(struct pram_stream *ps, u64 pfn, unsigned int order,
		    unsigned int flags)
{
	return pram_stream_add_run(ps, pfn, order, 1, flags);
}

/**
 * pram_stream_mark - remember the end of a stream under construction
 * @ps: the stream
 * @mark: returns the mark, for pram_stream_rewind() and pram_cursor_at()
 *
 * Return: 0, -ENOMEM.
 */
int pram_stream_mark(struct pram_stream *ps, struct pram_mark *mark)
{
	const struct pram_node *node = ps->node->node;
	int err = pram_stream_room(ps);

	if (err)
		return err;
	*mark = (struct pram_mark){
		.link = ps->link,
		.index = ps->link->nr,
		.nr_pages = node->nr_pages,
		.nr_folios = node->nr_folios,
	};
	/* A run merged into the last entry could not be separated by a rewind. */
	ps->barrier = true;
	return 0;
}

/**
 * pram_stream_rewind - remove all entries added since a mark
 * @ps: the stream
 * @mark: from pram_stream_mark()
 *
 * The caller must have unkept the pages of these entries before.
 *
 * Context: may sleep. Takes pram_mutex.
 */
void pram_stream_rewind(struct pram_stream *ps, const struct pram_mark *mark)
{
	struct pram_node *node = ps->node->node;
	u64 pfn;

	/* Sealing may be walking the links. */
	mutex_lock(&pram_mutex);
	pfn = mark->link->link_pfn;
	while (pfn) {
		struct pram_link *link = pram_va(pfn);

		pfn = link->link_pfn;
		pram_free_meta(link);
		node->nr_links--;
	}
	memset(&mark->link->entry[mark->index], 0,
	       (mark->link->nr - mark->index) * sizeof(u64));
	mark->link->nr = mark->index;
	mark->link->link_pfn = 0;
	ps->link = mark->link;
	ps->barrier = true;
	node->nr_pages = mark->nr_pages;
	node->nr_folios = mark->nr_folios;
	mutex_unlock(&pram_mutex);
}

/**
 * pram_stream_hole - append a hole to a node under construction
 * @ps: the stream
 * @pages: length of the hole in pages; 0 appends nothing
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
	err = pram_stream_room(ps);
	if (!err)
		ps->link->entry[ps->link->nr++] = pram_entry_hole(pages);
	return err;
}

/*
 * Makes sure that @link has space for @more entries at @index, by moving the second half of its
 * entries into a new link if needed. Returns the link that contains @index, and updates @index.
 */
static struct pram_link *pram_link_split(struct pram_stream *ps, struct pram_link *link,
					 unsigned int *index, unsigned int more)
{
	unsigned int half = link->nr / 2;
	struct pram_link *new;

	if (link->nr + more <= PRAM_LINK_ENTRIES)
		return link;
	new = pram_alloc_meta(ps->gfp_mask);
	if (!new)
		return NULL;
	new->nr = link->nr - half;
	memcpy(new->entry, link->entry + half, new->nr * sizeof(u64));
	memset(link->entry + half, 0, new->nr * sizeof(u64));
	new->link_pfn = link->link_pfn;
	link->link_pfn = PFN_DOWN(__pa(new));
	link->nr = half;
	ps->node->node->nr_links++;
	if (ps->link == link)
		ps->link = new;
	pram_link_seal(link);
	pram_link_seal(new);
	if (*index < half)
		return link;
	*index -= half;
	return new;
}

/**
 * pram_stream_fill - put a page into a hole
 * @ps: stream of the node, which may be committed
 * @pos: position in the stream, in pages
 * @pfn: the page; on success PRAM takes over the caller's reference
 *
 * Context: the caller holds pram_mutex and the node's pram_mem.lock for writing.
 * Return: 0; -EEXIST if the position has a page or @pfn is kept already; -ENOENT if @pos is
 * beyond the end; -ENOMEM; -EAGAIN if the page is banned; -EBUSY if the map is sealed.
 */
int pram_stream_fill(struct pram_stream *ps, u64 pos, u64 pfn)
{
	struct pram_node *node = ps->node->node;
	struct pram_link *link = node->link_pfn ? pram_va(node->link_pfn) : NULL;
	u64 at = 0, entry, before, after, part[3];
	unsigned int i = 0, nr = 0;
	int err;

	for (; link; i++) {
		if (i == link->nr) {
			link = link->link_pfn ? pram_va(link->link_pfn) : NULL;
			i = -1;
			continue;
		}
		if (pos < at + pram_entry_pages(link->entry[i]))
			break;
		at += pram_entry_pages(link->entry[i]);
	}
	if (!link)
		return -ENOENT;
	entry = link->entry[i];
	if (!pram_entry_is_hole(entry))
		return -EEXIST;
	link = pram_link_split(ps, link, &i, 2);
	if (!link)
		return -ENOMEM;
	err = pram_keep(pfn, 1);
	if (err)
		return err;
	before = pos - at;
	after = pram_entry_pages(entry) - before - 1;
	if (before)
		part[nr++] = pram_entry_hole(before);
	part[nr++] = pram_entry(pfn, 0, 1, 0);
	if (after)
		part[nr++] = pram_entry_hole(after);
	memmove(&link->entry[i + nr], &link->entry[i + 1],
		(link->nr - i - 1) * sizeof(u64));
	memcpy(&link->entry[i], part, nr * sizeof(u64));
	link->nr += nr - 1;
	pram_link_seal(link);
	node->nr_pages++;
	node->nr_folios++;
	return 0;
}

void pram_cursor_init(struct pram_cursor *cur, const struct pram_handle *h)
{
	*cur = (struct pram_cursor){ };
	if (h->node->link_pfn)
		cur->link = pram_va(h->node->link_pfn);
}

/**
 * pram_cursor_at - set a cursor to a mark
 * @cur: the cursor
 * @mark: from pram_stream_mark()
 * @pos: position of the mark in the stream, in pages
 */
void pram_cursor_at(struct pram_cursor *cur, const struct pram_mark *mark, u64 pos)
{
	*cur = (struct pram_cursor){
		.link = mark->link,
		.index = mark->index,
		.pos = pos,
	};
}

/**
 * pram_cursor_next - get the next run of folios
 * @cur: the cursor
 * @ret: returns the run; holes are skipped and are visible only in @ret->pos
 *
 * Context: may sleep.
 * Return: false at the end of the stream.
 */
bool pram_cursor_next(struct pram_cursor *cur, struct pram_extent *ret)
{
	while (cur->link) {
		u64 entry;

		if (cur->index >= cur->link->nr) {
			u64 next = cur->link->link_pfn;

			cur->link = next ? pram_va(next) : NULL;
			cur->index = 0;
			cond_resched();
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

/**
 * pram_cursor_take - take the run that a cursor has returned last out of the node
 * @cur: the cursor; the caller owns the node, which is SAVING or being consumed
 * @ext: the run; the node has a hole there afterwards
 *
 * The caller takes over PRAM's references. Sealing must not find the pages any more: they may
 * soon be free, and then belong to another node.
 *
 * Context: may sleep. Takes pram_mutex and pram_map_mutex.
 */
void pram_cursor_take(struct pram_cursor *cur, const struct pram_extent *ext)
{
	u64 pages = (u64)ext->nr << ext->order;

	mutex_lock(&pram_mutex);
	cur->link->entry[cur->index - 1] = pram_entry_hole(pages);
	pram_unkeep(ext->pfn, pages);
	mutex_unlock(&pram_mutex);
}
