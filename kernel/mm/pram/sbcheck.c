// SPDX-License-Identifier: GPL-2.0-only
/*
 * Check of the super block.
 *
 * The decompressor of the kernel (arch/x86/boot/compressed/pram.c) includes this file, and has
 * no more of the kernel than crc32_le().
 */
#include <linux/crc32.h>
#include <linux/stddef.h>
#include <linux/types.h>

#include "layout.h"

/* Checksum of a page with the 32 bits at @off taken as 0. */
u32 pram_page_crc(const void *page, size_t off)
{
	static const u8 zero[sizeof(u32)];
	const u8 *p = page;
	size_t rest = off + sizeof(u32);
	u32 crc;

	crc = crc32_le(~0U, p, off);
	crc = crc32_le(crc, zero, sizeof(zero));
	return crc32_le(crc, p + rest, PRAM_ABI_PAGE_SIZE - rest);
}

void pram_sb_seal(struct pram_super_block *sb)
{
	sb->crc = pram_page_crc(sb, offsetof(struct pram_super_block, crc));
}

static const char *pram_scratch_check(const struct pram_super_block *sb, u64 max_pfn)
{
	u64 end = 0;
	u32 i;

	if (!sb->nr_scratch || sb->nr_scratch > PRAM_SCRATCH_MAX)
		return "number of scratch ranges out of bounds";
	for (i = 0; i < sb->nr_scratch; i++) {
		const struct pram_range *r = &sb->scratch[i];

		if ((r->base | r->size) & (PRAM_ABI_PAGE_SIZE - 1) || !r->size)
			return "scratch range not of whole pages";
		if (r->base < end || r->base + r->size < r->base)
			return "scratch ranges overlap";
		end = r->base + r->size;
		if (end / PRAM_ABI_PAGE_SIZE > max_pfn)
			return "scratch range beyond the end of memory";
	}
	return NULL;
}

/**
 * pram_sb_check - check whether a page is a sealed super block
 * @sb: the page, with arbitrary contents
 * @max_pfn: first page frame after the end of memory
 *
 * Return: NULL if it is valid, otherwise the reason.
 */
const char *pram_sb_check(const struct pram_super_block *sb, u64 max_pfn)
{
	if (sb->magic != PRAM_SB_MAGIC)
		return "not a super block";
	if (sb->version != PRAM_VERSION)
		return "unknown format version";
	if (sb->page_size != PRAM_ABI_PAGE_SIZE)
		return "other page size";
	if (sb->crc != pram_page_crc(sb, offsetof(struct pram_super_block, crc)))
		return "checksum mismatch, or it was never sealed";
	if (sb->reserved)
		return "reserved field in use";
	if (!sb->map_slots || sb->map_slots > PRAM_MAP_SLOTS_MAX)
		return "size of the map out of bounds";
	if (!sb->map_pfn || sb->map_pfn >= max_pfn ||
	    pram_root_pages(sb) > max_pfn - sb->map_pfn)
		return "map beyond the end of memory";
	return pram_scratch_check(sb, max_pfn);
}
