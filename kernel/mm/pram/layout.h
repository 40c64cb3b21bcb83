/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The map, and the checks of data from an earlier kernel.
 *
 * map.c, check.c and sbcheck.c depend only on three functions of the surrounding kernel: pram_va(),
 * pram_leaf_alloc() and pram_leaf_free(). Unit tests and fuzzers replace these three and
 * compile the files in user space.
 */
#ifndef _MM_PRAM_LAYOUT_H
#define _MM_PRAM_LAYOUT_H

#include <linux/pram_abi.h>
#include <linux/types.h>

/**
 * struct pram_map - a two-level bitmap of page frames
 * @slot: the root, an array of slots
 * @nr_slots: length of @slot
 * @nr_pages: number of bits set
 * @keeps_itself: the map has a bit set for each of its own leaf pages
 */
struct pram_map {
	struct pram_slot *slot;
	u64 nr_slots;
	u64 nr_pages;
	bool keeps_itself;
};

/* Supplied by frame.c, or by the user-space tests. */
void *pram_va(u64 pfn);
/* Returns the page frame of a zeroed page for a leaf of @map, or 0 without memory. */
u64 pram_leaf_alloc(struct pram_map *map);
void pram_leaf_free(struct pram_map *map, u64 pfn);

/* map.c */
bool pram_map_test(const struct pram_map *map, u64 pfn);
bool pram_map_test_all(const struct pram_map *map, u64 pfn, u64 nr);
int pram_map_set(struct pram_map *map, u64 pfn, u64 nr);
void pram_map_clear(struct pram_map *map, u64 pfn, u64 nr);
u64 pram_map_next(const struct pram_map *map, u64 pfn, u64 end);
u64 pram_map_next_zero(const struct pram_map *map, u64 pfn, u64 end);
u32 pram_map_seal(struct pram_map *map);
void pram_map_free(struct pram_map *map);

static inline u64 pram_map_end(const struct pram_map *map)
{
	return map->nr_slots << PRAM_LEAF_SHIFT;
}

/* Pages of the map's root. */
static inline u64 pram_root_pages(const struct pram_super_block *sb)
{
	return (sb->map_slots * sizeof(struct pram_slot) +
		PRAM_ABI_PAGE_SIZE - 1) / PRAM_ABI_PAGE_SIZE;
}

/* sbcheck.c */
u32 pram_page_crc(const void *page, size_t off);
const char *pram_sb_check(const struct pram_super_block *sb, u64 max_pfn);
void pram_sb_seal(struct pram_super_block *sb);

/* check.c: the checks return NULL if the data is valid, otherwise the reason */
const char *pram_map_check(const struct pram_super_block *sb, u64 sb_pfn,
			   const struct pram_map *map);
const char *pram_node_check(const struct pram_node *node);
const char *pram_node_claim(const struct pram_node *node, u64 node_pfn,
			    const struct pram_map *map,
			    struct pram_map *claimed);

void pram_node_page_seal(struct pram_node *node);
void pram_link_seal(struct pram_link *link);

static inline u64 pram_entry(u64 pfn, unsigned int order, unsigned int nr,
			     unsigned int flags)
{
	return pfn | (u64)order << PRAM_ENTRY_ORDER_SHIFT |
	       (u64)(nr - 1) << PRAM_ENTRY_NR_SHIFT |
	       (u64)flags << PRAM_ENTRY_FLAGS_SHIFT;
}

static inline u64 pram_entry_hole(u64 pages)
{
	return pages | PRAM_ENTRY_HOLE;
}

static inline bool pram_entry_is_hole(u64 entry)
{
	return entry & PRAM_ENTRY_HOLE;
}

static inline u64 pram_entry_pfn(u64 entry)
{
	return entry & PRAM_ENTRY_PFN_MAX;
}

static inline unsigned int pram_entry_order(u64 entry)
{
	return (entry >> PRAM_ENTRY_ORDER_SHIFT) & PRAM_ENTRY_ORDER_MAX;
}

static inline unsigned int pram_entry_nr(u64 entry)
{
	return ((entry >> PRAM_ENTRY_NR_SHIFT) & (PRAM_ENTRY_NR_MAX - 1)) + 1;
}

static inline unsigned int pram_entry_flags(u64 entry)
{
	return (entry >> PRAM_ENTRY_FLAGS_SHIFT) & PRAM_ENTRY_FLAGS_MAX;
}

/* Length of an entry in the stream, in pages. */
static inline u64 pram_entry_pages(u64 entry)
{
	if (pram_entry_is_hole(entry))
		return pram_entry_pfn(entry);
	return (u64)pram_entry_nr(entry) << pram_entry_order(entry);
}

#endif /* _MM_PRAM_LAYOUT_H */
