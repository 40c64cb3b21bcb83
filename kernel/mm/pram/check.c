// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks of the data read from the earlier kernel, and the checksums they verify. The super
 * block is checked first, see sbcheck.c.
 *
 * No page is read before the map is known to contain its pfn. All loops terminate, because
 * each page is claimed on the way and can be claimed only once.
 */
#include <linux/bitmap.h>
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/string.h>

#include "layout.h"

#define LEN_MAX		(~0ULL >> 1)	/* largest loff_t */

void pram_node_page_seal(struct pram_node *node)
{
	node->crc = pram_page_crc(node, offsetof(struct pram_node, crc));
}

void pram_link_seal(struct pram_link *link)
{
	link->crc = pram_page_crc(link, offsetof(struct pram_link, crc));
}

static const char *pram_leaf_check(const struct pram_map *map, u64 s)
{
	const struct pram_slot *slot = &map->slot[s];
	const unsigned long *leaf;

	if (!slot->pfn)
		return "wrong count in a map slot";
	if (slot->pfn >= pram_map_end(map))
		return "map leaf beyond the end of memory";
	leaf = pram_va(slot->pfn);
	if (slot->crc != crc32_le(~0U, (const u8 *)leaf, PRAM_ABI_PAGE_SIZE))
		return "checksum mismatch in a map leaf";
	if (slot->nr != bitmap_weight(leaf, PRAM_LEAF_BITS))
		return "wrong count in a map slot";
	return NULL;
}

static const char *pram_map_check_own(const struct pram_super_block *sb, u64 sb_pfn,
				      const struct pram_map *map)
{
	u64 s;
	u32 i;

	if (!pram_map_test(map, sb_pfn) ||
	    !pram_map_test_all(map, sb->map_pfn, pram_root_pages(sb)))
		return "map does not name the super block and itself";
	for (s = 0; s < map->nr_slots; s++)
		if (map->slot[s].pfn && !pram_map_test(map, map->slot[s].pfn))
			return "map does not name one of its leaves";
	for (i = 0; i < sb->nr_scratch; i++) {
		u64 pfn = sb->scratch[i].base / PRAM_ABI_PAGE_SIZE;
		u64 end = pfn + sb->scratch[i].size / PRAM_ABI_PAGE_SIZE;

		if (pram_map_next(map, pfn, end) < end)
			return "map names pages in scratch";
	}
	return NULL;
}

/**
 * pram_map_check - check the checksums and the consistency of the map
 * @sb: super block that pram_sb_check() found valid
 * @sb_pfn: page frame of the super block
 * @map: the map with its root at @sb->map_pfn; root and leaves are known to lie in RAM
 *
 * Return: NULL if it is valid, otherwise the reason.
 */
const char *pram_map_check(const struct pram_super_block *sb, u64 sb_pfn,
			   const struct pram_map *map)
{
	u64 pages = 0, s;
	const char *why;

	if (sb->map_crc != crc32_le(~0U, (const u8 *)map->slot,
				    map->nr_slots * sizeof(*map->slot)))
		return "checksum mismatch in the map's root";
	for (s = 0; s < map->nr_slots; s++) {
		if (!map->slot[s].pfn && !map->slot[s].nr)
			continue;
		why = pram_leaf_check(map, s);
		if (why)
			return why;
		pages += map->slot[s].nr;
	}
	if (pages != sb->nr_pages)
		return "map and super block disagree on the number of pages";
	return pram_map_check_own(sb, sb_pfn, map);
}

const char *pram_node_check(const struct pram_node *node)
{
	if (node->magic != PRAM_NODE_MAGIC)
		return "not a node";
	if (node->crc != pram_page_crc(node, offsetof(struct pram_node, crc)))
		return "checksum mismatch in the node";
	if (node->type > PRAM_NODE_MEMORY ||
	    node->flags & ~(node->type == PRAM_NODE_MEMORY ? PRAM_MM_FLAGS : 0))
		return "unknown type or flags";
	if (!node->name[0] || !memchr(node->name, 0, PRAM_NAME_MAX))
		return "bad name";
	if (node->type == PRAM_NODE_BYTES &&
	    node->nr_pages != node->data_len / PRAM_ABI_PAGE_SIZE +
			      !!(node->data_len % PRAM_ABI_PAGE_SIZE))
		return "length and number of pages disagree";
	if (node->data_len > LEN_MAX)
		return "longer than a file can be";
	return NULL;
}

static const char *pram_link_check(const struct pram_link *link)
{
	u32 i;

	if (link->crc != pram_page_crc(link, offsetof(struct pram_link, crc)))
		return "checksum mismatch in a link";
	if (link->nr > PRAM_LINK_ENTRIES)
		return "too many entries in a link";
	for (i = 0; i < link->nr; i++)
		if (!pram_entry_pfn(link->entry[i]))
			return "empty entry in a link";
	return NULL;
}

/* Pages to be claimed must be preserved and must not be claimed already. */
static const char *pram_claim(const struct pram_map *map, struct pram_map *claimed,
			      u64 pfn, u64 nr)
{
	if (!pram_map_test_all(map, pfn, nr))
		return "a page of it was not preserved";
	switch (pram_map_set(claimed, pfn, nr)) {
	case 0:
		return NULL;
	case -EEXIST:
		return "a page of it is named twice";
	default:
		return "no memory to check it";
	}
}

/**
 * struct pram_node_tally - totals of a node's links
 * @pos: length of the stream in pages, including holes
 * @pages: number of data pages
 * @folios: number of folios
 * @links: number of link pages
 */
struct pram_node_tally {
	u64 pos;
	u64 pages;
	u64 folios;
	u64 links;
};

/* Is the entry valid at position @pos of a stream of @node's type? */
static const char *pram_entry_check(const struct pram_node *node, u64 e, u64 pos)
{
	u64 mask = (1ULL << pram_entry_order(e)) - 1;
	bool hole = pram_entry_is_hole(e);

	if (pram_entry_pages(e) > LEN_MAX / PRAM_ABI_PAGE_SIZE - pos)
		return "longer than a file can be";
	if (node->type == PRAM_NODE_BYTES && (hole || mask))
		return "a byte stream is not of single pages";
	if (hole)
		return NULL;
	if (pram_entry_order(e) > PRAM_FOLIO_ORDER_MAX)
		return "a folio is too large";
	if (pram_entry_pfn(e) & mask ||
	    (node->type == PRAM_NODE_FILE && pos & mask))
		return "a folio is not aligned";
	return NULL;
}

static const char *pram_link_claim(const struct pram_node *node,
				   const struct pram_link *link, struct pram_node_tally *t,
				   const struct pram_map *map, struct pram_map *claimed,
				   u32 *ret_done)
{
	const char *why;

	for (*ret_done = 0; *ret_done < link->nr; (*ret_done)++) {
		u64 e = link->entry[*ret_done], nr = pram_entry_pages(e);

		why = pram_entry_check(node, e, t->pos);
		if (why)
			return why;
		t->pos += nr;
		if (pram_entry_is_hole(e))
			continue;
		why = pram_claim(map, claimed, pram_entry_pfn(e), nr);
		if (why)
			return why;
		t->pages += nr;
		t->folios += pram_entry_nr(e);
	}
	return NULL;
}

/* Undoes the claims of the node, its first @links links, and @entries entries of the next link. */
static void pram_unclaim(const struct pram_node *node, u64 node_pfn, u64 links,
			 u32 entries, struct pram_map *claimed)
{
	u64 pfn = node->link_pfn;

	for (;;) {
		const struct pram_link *link;
		u32 i, nr;

		if (!links && !entries)
			break;
		link = pram_va(pfn);
		nr = links ? link->nr : entries;
		for (i = 0; i < nr; i++)
			if (!pram_entry_is_hole(link->entry[i]))
				pram_map_clear(claimed, pram_entry_pfn(link->entry[i]),
					       pram_entry_pages(link->entry[i]));
		if (!links)
			break;
		pram_map_clear(claimed, pfn, 1);
		pfn = link->link_pfn;
		links--;
		cond_resched();
	}
	pram_map_clear(claimed, node_pfn, 1);
}

/**
 * pram_node_claim - check a node's links and claim all its pages
 * @node: node that pram_node_check() found valid
 * @node_pfn: page frame of the node
 * @map: map of preserved pages
 * @claimed: map of pages that belong to a node; the pages of this node are added
 *
 * Return: NULL if the node is valid, otherwise the reason, and @claimed is unchanged.
 */
const char *pram_node_claim(const struct pram_node *node, u64 node_pfn,
			    const struct pram_map *map, struct pram_map *claimed)
{
	struct pram_node_tally t = { };
	u64 pfn;
	u32 done = 0;
	const char *why = pram_claim(map, claimed, node_pfn, 1);

	if (why)
		return why;
	for (pfn = node->link_pfn; pfn; t.links++) {
		const struct pram_link *link;

		done = 0;
		why = pram_claim(map, claimed, pfn, 1);
		if (why)
			goto back;
		link = pram_va(pfn);
		why = pram_link_check(link);
		if (!why)
			why = pram_link_claim(node, link, &t, map, claimed, &done);
		if (why) {
			pram_map_clear(claimed, pfn, 1);
			goto back;
		}
		pfn = link->link_pfn;
		cond_resched();
	}
	done = 0;
	if (t.pages == node->nr_pages && t.folios == node->nr_folios &&
	    t.links == node->nr_links)
		return NULL;
	why = "node and links disagree on the number of pages";
back:
	pram_unclaim(node, node_pfn, t.links, done, claimed);
	return why;
}
