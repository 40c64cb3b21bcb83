// SPDX-License-Identifier: GPL-2.0-only
/*
 * The preserved-page map: a bitmap of the page frames that PRAM keeps.
 *
 * The map has two levels: a root with one slot per 128 MiB of memory, and a leaf page of
 * bits for each slot in which a bit is set. 128 MiB without a preserved page cost one slot.
 * The cost of each operation is linear in the range it is given and does not depend on the
 * rest of the map. The caller serializes all calls on a map.
 */
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/crc32.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "layout.h"

static unsigned long *pram_map_leaf(const struct pram_map *map, u64 s)
{
	u64 pfn = map->slot[s].pfn;

	return pfn ? pram_va(pfn) : NULL;
}

/* First bit, and last bit (exclusive), of the part of [@pfn, @end) that lies in @pfn's slot. */
static unsigned long pram_leaf_bit(u64 pfn)
{
	return pfn & (PRAM_LEAF_BITS - 1);
}

static unsigned long pram_leaf_end(u64 pfn, u64 end)
{
	return min_t(u64, PRAM_LEAF_BITS, pram_leaf_bit(pfn) + (end - pfn));
}

bool pram_map_test(const struct pram_map *map, u64 pfn)
{
	const unsigned long *leaf;

	if (pfn >= pram_map_end(map))
		return false;
	leaf = pram_map_leaf(map, pfn >> PRAM_LEAF_SHIFT);
	return leaf && test_bit(pram_leaf_bit(pfn), leaf);
}

/**
 * pram_map_next - find the first set page in [@pfn, @end)
 * @map: the map
 * @pfn: first page of the range
 * @end: end of the range, exclusive
 *
 * Return: the page, or @end if no page is set.
 */
u64 pram_map_next(const struct pram_map *map, u64 pfn, u64 end)
{
	u64 limit = min(end, pram_map_end(map));

	while (pfn < limit) {
		const unsigned long *leaf = pram_map_leaf(map, pfn >> PRAM_LEAF_SHIFT);
		unsigned long last = pram_leaf_end(pfn, limit);
		u64 base = pfn - pram_leaf_bit(pfn);

		if (leaf) {
			unsigned long bit = find_next_bit(leaf, last, pram_leaf_bit(pfn));

			if (bit < last)
				return base + bit;
		}
		pfn = base + last;
	}
	return end;
}

/**
 * pram_map_next_zero - find the first page in [@pfn, @end) that is not set
 * @map: the map
 * @pfn: first page of the range
 * @end: end of the range, exclusive
 *
 * Return: the page, or @end if all are set.
 */
u64 pram_map_next_zero(const struct pram_map *map, u64 pfn, u64 end)
{
	u64 limit = min(end, pram_map_end(map));

	while (pfn < limit) {
		const unsigned long *leaf = pram_map_leaf(map, pfn >> PRAM_LEAF_SHIFT);
		unsigned long last = pram_leaf_end(pfn, limit);
		u64 base = pfn - pram_leaf_bit(pfn);
		unsigned long bit;

		if (!leaf)
			return pfn;
		bit = find_next_zero_bit(leaf, last, pram_leaf_bit(pfn));
		if (bit < last)
			return base + bit;
		pfn = base + last;
	}
	return min(pfn, end);
}

bool pram_map_test_all(const struct pram_map *map, u64 pfn, u64 nr)
{
	if (!nr || pfn + nr < pfn || pfn + nr > pram_map_end(map))
		return false;
	return pram_map_next_zero(map, pfn, pfn + nr) == pfn + nr;
}

static void pram_map_mark(struct pram_map *map, u64 pfn)
{
	u64 s = pfn >> PRAM_LEAF_SHIFT;

	__set_bit(pram_leaf_bit(pfn), pram_map_leaf(map, s));
	map->slot[s].nr++;
	map->nr_pages++;
}

static void pram_map_unmark(struct pram_map *map, u64 pfn)
{
	u64 s = pfn >> PRAM_LEAF_SHIFT;

	__clear_bit(pram_leaf_bit(pfn), pram_map_leaf(map, s));
	map->slot[s].nr--;
	map->nr_pages--;
}

/*
 * Allocates a leaf for slot @s. The leaf is a preserved page itself, so its own bit may need
 * another leaf, and so on, at most once per 128 MiB part without a leaf. With terabytes of
 * fragmented memory that can be a chain of several hundred leaves, so this is a loop and not
 * a recursion. The second pass, and the error path, find the new leaves by following the
 * chain.
 */
static int pram_map_add_leaf(struct pram_map *map, u64 s)
{
	u64 first = s, nr = 0, pfn;
	int err = -ENOMEM;

	do {
		pfn = pram_leaf_alloc(map);
		if (!pfn)
			goto err_free;
		map->slot[s] = (struct pram_slot){ .pfn = pfn };
		nr++;
		if (!map->keeps_itself)
			return 0;
		s = pfn >> PRAM_LEAF_SHIFT;
		if (s >= map->nr_slots) {
			err = -ERANGE;
			goto err_free;
		}
	} while (!map->slot[s].pfn);

	for (s = first; nr; nr--) {
		pfn = map->slot[s].pfn;
		pram_map_mark(map, pfn);
		s = pfn >> PRAM_LEAF_SHIFT;
	}
	return 0;

err_free:
	for (s = first; nr; nr--) {
		pfn = map->slot[s].pfn;
		map->slot[s] = (struct pram_slot){ };
		pram_leaf_free(map, pfn);
		s = pfn >> PRAM_LEAF_SHIFT;
	}
	return err;
}

/*
 * Can the leaf of slot @s be freed? Either it has no bit set, or it is part of a ring: the
 * only bit in each leaf is that of the next leaf, and the last leaf has the bit of the first
 * one (or a single leaf has only its own bit). Such a ring describes nothing but itself.
 */
static bool pram_map_leaf_idle(const struct pram_map *map, u64 s)
{
	u64 next = s, n;

	if (!map->slot[s].nr)
		return true;
	for (n = 0; map->keeps_itself && n < map->nr_slots; n++) {
		if (map->slot[next].nr != 1)
			return false;
		next = map->slot[next].pfn >> PRAM_LEAF_SHIFT;
		if (next == s)
			return true;
	}
	return false;
}

/* Frees the leaf of slot @s if it is idle, then the leaf that had its bit, and so on. */
static void pram_map_drop_leaf(struct pram_map *map, u64 s)
{
	while (map->slot[s].pfn && pram_map_leaf_idle(map, s)) {
		u64 pfn = map->slot[s].pfn;

		/* Freeing a leaf of a ring drops the bit in it, which makes the next leaf idle. */
		map->nr_pages -= map->slot[s].nr;
		map->slot[s] = (struct pram_slot){ };
		if (map->keeps_itself) {
			s = pfn >> PRAM_LEAF_SHIFT;
			if (map->slot[s].pfn)
				pram_map_unmark(map, pfn);
		}
		pram_leaf_free(map, pfn);
	}
}

static int pram_map_set_part(struct pram_map *map, u64 pfn, unsigned long nr)
{
	u64 s = pfn >> PRAM_LEAF_SHIFT;
	unsigned long bit = pram_leaf_bit(pfn);
	unsigned long *leaf;
	int err;

	if (!map->slot[s].pfn) {
		err = pram_map_add_leaf(map, s);
		if (err)
			return err;
	}
	leaf = pram_map_leaf(map, s);
	if (find_next_bit(leaf, bit + nr, bit) < bit + nr) {
		pram_map_drop_leaf(map, s);
		return -EEXIST;
	}
	if (nr == 1)
		__set_bit(bit, leaf);
	else
		bitmap_set(leaf, bit, nr);
	map->slot[s].nr += nr;
	map->nr_pages += nr;
	return 0;
}

/**
 * pram_map_set - set @nr pages, starting at @pfn
 * @map: the map
 * @pfn: first page
 * @nr: number of pages, not 0
 *
 * Return: 0; -EEXIST if a page is set already; -ERANGE if the range exceeds the map;
 * -ENOMEM if a leaf cannot be allocated. On error the map is unchanged.
 */
int pram_map_set(struct pram_map *map, u64 pfn, u64 nr)
{
	u64 start = pfn, end = pfn + nr;
	int err;

	if (end <= pfn || end > pram_map_end(map))
		return -ERANGE;
	while (pfn < end) {
		unsigned long part = pram_leaf_end(pfn, end) - pram_leaf_bit(pfn);

		err = pram_map_set_part(map, pfn, part);
		if (err) {
			if (pfn > start)
				pram_map_clear(map, start, pfn - start);
			return err;
		}
		pfn += part;
	}
	return 0;
}

/**
 * pram_map_clear - clear @nr pages, starting at @pfn
 * @map: the map
 * @pfn: first page
 * @nr: number of pages
 *
 * Pages that are not set are skipped. A leaf that becomes idle is freed.
 */
void pram_map_clear(struct pram_map *map, u64 pfn, u64 nr)
{
	u64 end = min(pfn + nr, pram_map_end(map));

	while (pfn < end) {
		unsigned long bit = pram_leaf_bit(pfn), last = pram_leaf_end(pfn, end), end_bit;
		u64 s = pfn >> PRAM_LEAF_SHIFT;
		unsigned long *leaf = pram_map_leaf(map, s);

		pfn += last - bit;
		if (!leaf)
			continue;
		for (bit = find_next_bit(leaf, last, bit); bit < last;
		     bit = find_next_bit(leaf, last, end_bit)) {
			end_bit = find_next_zero_bit(leaf, last, bit);
			bitmap_clear(leaf, bit, end_bit - bit);
			map->slot[s].nr -= end_bit - bit;
			map->nr_pages -= end_bit - bit;
		}
		pram_map_drop_leaf(map, s);
	}
}

/**
 * pram_map_seal - compute the checksums of all leaves and of the root
 * @map: the map; it must not change afterwards
 *
 * Return: checksum of the root.
 */
u32 pram_map_seal(struct pram_map *map)
{
	u64 s;

	for (s = 0; s < map->nr_slots; s++) {
		const unsigned long *leaf = pram_map_leaf(map, s);

		map->slot[s].crc = leaf ? crc32_le(~0U, (const u8 *)leaf,
						   PRAM_ABI_PAGE_SIZE) : 0;
	}
	return crc32_le(~0U, (const u8 *)map->slot,
			map->nr_slots * sizeof(*map->slot));
}

/* Frees all leaves of a map without @keeps_itself. */
void pram_map_free(struct pram_map *map)
{
	u64 s;

	for (s = 0; s < map->nr_slots; s++) {
		if (map->slot[s].pfn)
			pram_leaf_free(map, map->slot[s].pfn);
		map->slot[s] = (struct pram_slot){ };
	}
	map->nr_pages = 0;
}
