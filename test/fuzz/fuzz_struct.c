// SPDX-License-Identifier: GPL-2.0-only
/*
 * Super block, map, nodes and links from arbitrary memory, read as the kernel
 * reads them at boot (boot.c, super.c, node.c), including freeing what was found.
 *
 * Checks in addition to those of the sanitizers: only pages that are set in the map
 * are read; an invalid node does not change any claim; claimed pages are preserved,
 * and their number is correct; a valid node can be freed without a double free.
 */
#include <linux/bitmap.h>
#include <linux/crc32.h>
#include <string.h>

#include "fix.h"
#include "fuzz.h"
#include "image.h"
#include "memory.h"
#include "sim.h"

#define SLOTS_MAX	64
#define NODES_MAX	256

/* A copy of the root, because it is physically contiguous in a kernel. */
static struct pram_slot root[SLOTS_MAX];
static struct pram_map map;
static u64 good[NODES_MAX];
static unsigned int nr_good;

/* Like pram_map_test(), but without pram_va(), which calls this function. */
static bool is_preserved(u64 pfn)
{
	const struct pram_slot *slot = &map.slot[pfn >> PRAM_LEAF_SHIFT];

	return pfn < pram_map_end(&map) && slot->pfn &&
	       test_bit(pfn & (PRAM_LEAF_BITS - 1), sim_page(slot->pfn));
}

static bool read_map(const struct pram_super_block *sb)
{
	u64 s;

	if (pram_sb_check(sb, MEMORY_MAX_PFN) || sb->map_slots > SLOTS_MAX)
		return false;
	memcpy(root, sim_page(sb->map_pfn), sb->map_slots * sizeof(*root));
	map = (struct pram_map){
		.slot = root,
		.nr_slots = sb->map_slots,
		.nr_pages = sb->nr_pages,
		.keeps_itself = true,
	};
	for (s = 0; s < map.nr_slots; s++)
		if (root[s].pfn >= MEMORY_MAX_PFN)
			return false;
	return !pram_map_check(sb, MEMORY_SB, &map);
}

static bool claim_own(const struct pram_super_block *sb, struct pram_map *claimed)
{
	u64 s;

	if (pram_map_set(claimed, MEMORY_SB, 1) ||
	    pram_map_set(claimed, sb->map_pfn, 1))
		return false;
	for (s = 0; s < map.nr_slots; s++)
		if (root[s].pfn && pram_map_set(claimed, root[s].pfn, 1))
			return false;
	return true;
}

static bool adopt_node(u64 pfn, struct pram_map *claimed, bool *ret_readable)
{
	const struct pram_node *node = pram_va(pfn);
	u32 digest = map_digest(claimed);
	u64 pages = claimed->nr_pages;
	const char *why = pram_node_check(node);

	*ret_readable = !why;
	if (!why)
		why = pram_node_claim(node, pfn, &map, claimed);
	if (why) {
		demand(map_digest(claimed) == digest);
		return false;
	}
	demand(claimed->nr_pages == pages + 1 + node->nr_links + node->nr_pages);
	return true;
}

static void adopt_nodes(u64 pfn, struct pram_map *claimed)
{
	nr_good = 0;
	while (pfn && nr_good < NODES_MAX) {
		bool readable;

		if (!pram_map_test(&map, pfn) || pram_map_test(claimed, pfn))
			break;
		if (adopt_node(pfn, claimed, &readable))
			good[nr_good++] = pfn;
		else
			demand(!pram_map_set(claimed, pfn, 1));
		if (!readable)
			break;
		pfn = ((const struct pram_node *)pram_va(pfn))->node_pfn;
	}
}

/* Checks the claims: they are preserved pages and not in scratch. */
static void check_claims(const struct pram_super_block *sb,
			 const struct pram_map *claimed)
{
	u64 end = pram_map_end(claimed), pfn = 0;
	u32 i;

	for (;;) {
		u64 next;

		pfn = pram_map_next(claimed, pfn, end);
		if (pfn == end)
			break;
		next = pram_map_next_zero(claimed, pfn, end);
		demand(pram_map_test_all(&map, pfn, next - pfn));
		pfn = next;
	}
	for (i = 0; i < sb->nr_scratch; i++) {
		u64 first = sb->scratch[i].base / SIM_PAGE;
		u64 last = first + sb->scratch[i].size / SIM_PAGE;

		demand(pram_map_next(claimed, first, last) == last);
	}
}

static void unkeep(u64 pfn, u64 nr)
{
	u64 pages = map.nr_pages, leaves = sim_leaves();

	demand(pram_map_test_all(&map, pfn, nr));
	pram_map_clear(&map, pfn, nr);
	/* count each page, and the leaves that were freed with them */
	demand(pages - map.nr_pages == nr + (leaves - sim_leaves()));
}

/* Does the same as pram_node_truncate() and pram_node_free(). */
static void free_node(u64 node_pfn)
{
	const struct pram_node *node = pram_va(node_pfn);
	u64 pfn = node->link_pfn, pos = 0;

	while (pfn) {
		const struct pram_link *link = pram_va(pfn);
		u64 this = pfn;
		u32 i;

		for (i = 0; i < link->nr; i++) {
			u64 e = link->entry[i], mask = (1ULL << pram_entry_order(e)) - 1;

			demand(pram_entry_pages(e));
			demand(pos + pram_entry_pages(e) <= 1ULL << 51);
			if (!pram_entry_is_hole(e)) {
				demand(node->type != PRAM_NODE_FILE || !(pos & mask));
				demand(node->type != PRAM_NODE_BYTES || !mask);
				unkeep(pram_entry_pfn(e), pram_entry_pages(e));
			}
			pos += pram_entry_pages(e);
		}
		pfn = link->link_pfn;
		unkeep(this, 1);
	}
	demand(node->type != PRAM_NODE_BYTES ||
	       pos == (node->data_len + SIM_PAGE - 1) / SIM_PAGE);
	unkeep(node_pfn, 1);
}

static void run(const struct pram_super_block *sb)
{
	struct pram_map claimed;
	unsigned int i;
	u64 s;

	if (!read_map(sb))
		return;
	claimed_init(&claimed, map.nr_slots);
	sim_guard(is_preserved);
	if (claim_own(sb, &claimed)) {
		adopt_nodes(sb->node_pfn, &claimed);
		check_claims(sb, &claimed);
		sim_guard(NULL);
		for (s = 0; s < map.nr_slots; s++)
			if (root[s].pfn)
				sim_adopt_leaf(root[s].pfn);
		for (i = 0; i < nr_good; i++)
			free_node(good[i]);
	}
	sim_guard(NULL);
	claimed_exit(&claimed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	u64 flags = input_take(&in, 1);

	sim_init(MEMORY_MAX_PFN);
	fix_init();
	while (in.left > 5) {
		u64 pfn = input_take(&in, 2), off = input_take(&in, 2) % SIM_PAGE;
		u64 len = input_take(&in, 1) + 1;

		if (len > in.left)
			len = in.left;
		if (len > SIM_PAGE - off)
			len = SIM_PAGE - off;
		memcpy((u8 *)sim_page(pfn) + off, in.p, len);
		fix_written(pfn);
		in.p += len;
		in.left -= len;
	}
	if (flags & MEMORY_FIX_MAP)
		fix_map();
	if (flags & MEMORY_FIX_CRC)
		fix_crc();
	run(sim_page(MEMORY_SB));
	sim_drop();
	return 0;
}
