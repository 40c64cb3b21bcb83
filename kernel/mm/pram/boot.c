// SPDX-License-Identifier: GPL-2.0-only
/*
 * PRAM at boot: protect the memory that an earlier kernel preserved.
 *
 * 1. pram_early_init() runs when memblock knows the RAM and before the first allocation.
 *    It checks the super block that ``pram=`` names. If it is valid, memblock allocates
 *    only from the scratch ranges from now on; they contain no preserved page.
 * 2. pram_memory_init() runs before memblock frees its memory to the page allocator. It
 *    checks whether the super block may be used (place.c), checks the map, and keeps the
 *    scratch ranges reserved. If no memory was preserved, it reserves scratch ranges for the
 *    next kernel.
 * 3. withhold.c keeps preserved pages from the page allocator when memblock frees memory.
 * 4. pram_init() (super.c) adopts the super block and the nodes.
 *
 * If a check of step 1 or 2 fails, the reason is logged, the super block is ignored, and
 * nothing is preserved.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/init.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pram_boot.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "internal.h"

#define PRAM_SCRATCH_AUTO	ULLONG_MAX
#define PRAM_LOW_MAX		SZ_512M	/* limit for scratch below 4 GiB */

static unsigned long pram_sb_pfn __initdata;
static unsigned long long pram_scratch_size __initdata = PRAM_SCRATCH_AUTO;
static struct pram_super_block pram_early_sb __initdata;

bool pram_scratch_only __initdata_memblock;

static int __init pram_parse_scratch(char *arg)
{
	char *end = arg;
	unsigned long long size = arg ? memparse(arg, &end) : 0;

	if (!arg || end == arg || *end) {
		pr_err("pram_scratch= is not a size such as 512M; using the default\n");
		return -EINVAL;
	}
	pram_scratch_size = ALIGN(size, SZ_2M);
	return 0;
}
early_param("pram_scratch", pram_parse_scratch);

/* Are these page frames RAM that is not reserved, for example by the kernel or the initrd? */
static bool __init pram_is_free_ram(u64 pfn, u64 nr)
{
	return memblock_is_region_memory(PFN_PHYS(pfn), PFN_PHYS(nr)) &&
	       !memblock_is_region_reserved(PFN_PHYS(pfn), PFN_PHYS(nr));
}

static const char *__init pram_read_super_block(unsigned long pfn)
{
	const char *why;
	void *page;
	u32 i;

	if (!pram_is_free_ram(pfn, 1))
		return "not in free memory";
	page = early_memremap(PFN_PHYS(pfn), PAGE_SIZE);
	if (!page)
		return "cannot be mapped";
	why = pram_sb_check(page, PFN_DOWN(memblock_end_of_DRAM()));
	if (!why)
		memcpy(&pram_early_sb, page, sizeof(pram_early_sb));
	early_memunmap(page, PAGE_SIZE);
	why = why ?: pram_canary_check(&pram_early_sb);
	if (why)
		return why;
	for (i = 0; i < pram_early_sb.nr_scratch; i++)
		if (!memblock_is_region_memory(pram_early_sb.scratch[i].base,
					       pram_early_sb.scratch[i].size))
			return "scratch range outside of memory";
	return NULL;
}

static void __init pram_ignore(const char *why)
{
	pr_err("super block at page frame %lx ignored: %s; nothing is preserved\n",
	       pram_sb_pfn, why);
	pram_sb_pfn = 0;
}

/**
 * pram_early_init - check the super block that ``pram=`` names
 *
 * Context: early boot. memblock knows all RAM, the kernel and the initrd are reserved,
 * and nothing has been allocated from memblock yet.
 */
void __init pram_early_init(void)
{
	const char *why;
	u32 i;

	pram_sb_pfn = pram_place();
	if (!pram_sb_pfn)
		return;
	why = pram_read_super_block(pram_sb_pfn);
	if (why) {
		pram_ignore(why);
		return;
	}
	/*
	 * The real mode trampoline must be allocated below 1 MiB. That is safe, because
	 * pram_banned() keeps preserved pages out of the first MiB.
	 */
	memblock_mark_pram_scratch(0, SZ_1M);
	for (i = 0; i < pram_early_sb.nr_scratch; i++)
		memblock_mark_pram_scratch(pram_early_sb.scratch[i].base,
					   pram_early_sb.scratch[i].size);
	pram_scratch_only = true;
	pr_info("super block at page frame %lx, sealed by %.*s: %llu pages preserved\n",
		pram_sb_pfn, PRAM_RELEASE_MAX, pram_early_sb.release,
		pram_early_sb.nr_pages);
}

/* Has an earlier kernel preserved memory? Then nothing may write to free memory. */
bool __init pram_preserving(void)
{
	return pram_sb_pfn;
}

static void __init pram_add_scratch(u64 base, u64 size)
{
	pram_scratch[pram_nr_scratch++] = (struct pram_range){
		.base = base,
		.size = size,
	};
	pr_info("scratch [mem %#010llx-%#010llx]\n", base, base + size - 1);
}

/*
 * What the next kernel allocates before it can use the map: a fixed amount for its image,
 * initrd and bounce buffers, and an amount proportional to the RAM for the memmap, page
 * tables, hash tables and KASAN's shadow.
 */
static u64 __init pram_default_scratch_size(void)
{
	u64 ram = memblock_phys_mem_size();
	u64 size = SZ_128M + SZ_64M + ram / 32;

	if (IS_ENABLED(CONFIG_KASAN))
		size += ram / 8 + SZ_128M;
	return ALIGN(size, SZ_2M);
}

/* Up to PRAM_LOW_MAX below 4 GiB, because some allocations need low memory; the rest anywhere. */
static void __init pram_reserve_scratch(void)
{
	u64 size = pram_scratch_size, low, base;

	if (size == PRAM_SCRATCH_AUTO)
		size = pram_default_scratch_size();
	low = min_t(u64, size, PRAM_LOW_MAX);
	if (size - low < PRAM_LOW_MAX)
		low = size;
	if (!size) {
		pr_info("switched off by pram_scratch=0\n");
		return;
	}
	base = memblock_phys_alloc_range(low, SZ_2M, SZ_1M, SZ_4G);
	if (base) {
		pram_add_scratch(base, low);
		size -= low;
	}
	if (size) {
		base = memblock_phys_alloc_range(size, SZ_2M, SZ_1M,
						 MEMBLOCK_ALLOC_ACCESSIBLE);
		if (base)
			pram_add_scratch(base, size);
	}
	if (base)
		return;
	while (pram_nr_scratch) {
		pram_nr_scratch--;
		memblock_phys_free(pram_scratch[pram_nr_scratch].base,
				   pram_scratch[pram_nr_scratch].size);
	}
	pr_err("no memory for %llu MiB of scratch: PRAM is off\n", size >> 20);
}

/* Removes the pages of [@pfn, @end) from the map. Returns the number of pages. */
static u64 __init pram_drop_pages(u64 pfn, u64 end)
{
	u64 lost = 0;

	for (pfn = pram_map_next(&pram_map, pfn, end); pfn < end;
	     pfn = pram_map_next(&pram_map, pfn, end)) {
		struct pram_slot *slot = &pram_map.slot[pfn >> PRAM_LEAF_SHIFT];

		/* Not pram_map_clear(): it frees leaves, and nothing can be freed yet. */
		__clear_bit(pfn & (PRAM_LEAF_BITS - 1), pram_va(slot->pfn));
		slot->nr--;
		pram_map.nr_pages--;
		lost++;
	}
	return lost;
}

/*
 * Drop preserved pages that the firmware or this kernel has reserved, or that are not RAM
 * any more. Their nodes will be corrupt.
 */
static void __init pram_drop_lost_pages(void)
{
	unsigned long start_pfn, end_pfn, last = 0;
	phys_addr_t start, end;
	u64 i, lost = 0;
	int r;

	for_each_reserved_mem_range(i, &start, &end)
		lost += pram_drop_pages(PFN_DOWN(start), PFN_UP(end));
	for_each_mem_pfn_range(r, MAX_NUMNODES, &start_pfn, &end_pfn, NULL) {
		lost += pram_drop_pages(last, start_pfn);
		last = end_pfn;
	}
	lost += pram_drop_pages(last, pram_map_end(&pram_map));
	if (lost)
		pr_err("%llu preserved pages are lost: in use by this kernel or the firmware\n",
		       lost);
}

static const char *__init pram_adopt_map(const struct pram_super_block *sb)
{
	u64 root = PFN_UP(sb->map_slots * sizeof(struct pram_slot));
	const char *why;
	u64 s;

	if (!pram_is_free_ram(sb->map_pfn, root))
		return "map not in free memory";
	pram_map.slot = __va(PFN_PHYS(sb->map_pfn));
	pram_map.nr_slots = sb->map_slots;
	pram_map.nr_pages = sb->nr_pages;
	pram_map.keeps_itself = true;
	for (s = 0; s < sb->map_slots; s++)
		if (pram_map.slot[s].pfn && !pram_is_free_ram(pram_map.slot[s].pfn, 1))
			return "map leaf not in free memory";
	why = pram_map_check(sb, pram_sb_pfn, &pram_map);
	if (!why)
		pram_drop_lost_pages();
	return why;
}

/*
 * Reserve the free parts of [@start, @end). Reserving the whole range would overlap
 * regions that early boot has reserved in it and that may already belong to a NUMA node;
 * memblock warns about such overlaps.
 */
static void __init pram_reserve_free_ranges(phys_addr_t start, phys_addr_t end)
{
	phys_addr_t from, to;
	u64 i;

again:
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &from, &to, NULL) {
		from = max(from, start);
		to = min(to, end);
		if (from >= to)
			continue;
		memblock_reserve(from, to - from);
		/* The reservation invalidates the iterator. */
		start = to;
		goto again;
	}
}

static void __init pram_keep_scratch(const struct pram_super_block *sb)
{
	u32 i;

	for (i = 0; i < sb->nr_scratch; i++) {
		pram_reserve_free_ranges(sb->scratch[i].base,
					 sb->scratch[i].base + sb->scratch[i].size);
		pram_add_scratch(sb->scratch[i].base, sb->scratch[i].size);
	}
}

static void __init pram_adopt(void)
{
	const char *why = pram_place_problem();

	if (why) {
		pram_ignore(why);
		return;
	}
	why = pram_adopt_map(&pram_early_sb);
	if (!why)
		return;
	pr_err("map ignored: %s; nothing is preserved\n", why);
	memset(&pram_map, 0, sizeof(pram_map));
	pram_sb_pfn = 0;
}

/**
 * pram_memory_init - check and adopt the map, or reserve scratch
 *
 * If the map is adopted, memblock stays restricted to scratch: it may still have to grow
 * its own arrays, which must not overwrite preserved pages.
 *
 * Context: boot. All memory is mapped, and memblock is about to free its memory to the
 * page allocator.
 */
void __init pram_memory_init(void)
{
	if (pram_sb_pfn)
		pram_adopt();
	if (!pram_sb_pfn) {
		pram_scratch_only = false;
		pram_reserve_scratch();
		return;
	}
	pram_keep_scratch(&pram_early_sb);
	pram_withholding = true;
}

/* The earlier kernel's super block for pram_init(), or NULL. */
struct pram_super_block *__init pram_boot_super_block(void)
{
	return pram_sb_pfn ? __va(PFN_PHYS(pram_sb_pfn)) : NULL;
}
