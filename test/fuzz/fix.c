// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/crc32.h>

#include "fix.h"
#include "layout.h"
#include "memory.h"
#include "sim.h"

#define WRITTEN_MAX	256
#define FOLLOW_MAX	64

static u64 written[WRITTEN_MAX];
static unsigned int nr_written;

void fix_init(void)
{
	nr_written = 0;
}

void fix_written(u64 pfn)
{
	if (nr_written < WRITTEN_MAX)
		written[nr_written++] = pfn;
}

/* Returns the first page of the root and the number of slots. There are none if the map has an unreasonable size. */
static struct pram_slot *root(u64 *ret_slots)
{
	const struct pram_super_block *sb = sim_page(MEMORY_SB);

	*ret_slots = 0;
	if (!sb->map_pfn || sb->map_pfn >= MEMORY_MAX_PFN || sb->map_slots > 64)
		return NULL;
	*ret_slots = sb->map_slots;
	return sim_page(sb->map_pfn);
}

static unsigned long *leaf(const struct pram_slot *slot)
{
	if (!slot->pfn || slot->pfn >= MEMORY_MAX_PFN)
		return NULL;
	return sim_page(slot->pfn);
}

void fix_map(void)
{
	struct pram_super_block *sb = sim_page(MEMORY_SB);
	u64 slots, s, pages = 0;
	struct pram_slot *slot = root(&slots);
	unsigned int i;

	for (i = 0; i < nr_written; i++) {
		s = written[i] >> PRAM_LEAF_SHIFT;
		if (s < slots && leaf(&slot[s]))
			__set_bit(written[i] & (PRAM_LEAF_BITS - 1), leaf(&slot[s]));
	}
	for (s = 0; s < slots; s++) {
		if (!leaf(&slot[s]))
			continue;
		slot[s].nr = bitmap_weight(leaf(&slot[s]), PRAM_LEAF_BITS);
		pages += slot[s].nr;
	}
	sb->nr_pages = pages;
}

static void fix_links(u64 pfn)
{
	unsigned int i;

	for (i = 0; i < FOLLOW_MAX && pfn && sim_has(pfn); i++) {
		struct pram_node *node = sim_page(pfn);
		struct pram_link *link = sim_page(pfn);

		if (node->magic == PRAM_NODE_MAGIC || pfn == MEMORY_SB)
			return;
		pram_link_seal(link);
		pfn = link->link_pfn;
	}
}

void fix_crc(void)
{
	struct pram_super_block *sb = sim_page(MEMORY_SB);
	u64 slots, s, pfn = sb->node_pfn;
	struct pram_slot *slot;
	unsigned int i;

	for (i = 0; i < FOLLOW_MAX && pfn && sim_has(pfn); i++) {
		struct pram_node *node = sim_page(pfn);

		if (node->magic != PRAM_NODE_MAGIC)
			break;
		fix_links(node->link_pfn);
		pram_node_page_seal(node);
		pfn = node->node_pfn;
	}
	slot = root(&slots);
	for (s = 0; s < slots; s++)
		slot[s].crc = leaf(&slot[s]) ? crc32_le(~0U, (u8 *)leaf(&slot[s]),
							PRAM_ABI_PAGE_SIZE) : 0;
	if (slot)
		sb->map_crc = crc32_le(~0U, (u8 *)slot, slots * sizeof(*slot));
	pram_sb_seal(sb);
}
