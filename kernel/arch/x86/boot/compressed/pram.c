// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical KASLR in a kernel for which an earlier kernel has preserved memory.
 *
 * The decompressor must not write to a preserved page. Instead of the map of all these pages it
 * uses the scratch ranges of the super block, which contain none: the kernel is placed in them.
 */
#include "misc.h"
#include "pram.h"
#include "../string.h"

#include <linux/crc32.h>
#include <linux/pram_abi.h>
#include <asm/e820/types.h>

/* For one page. The tables of lib/crc32.c are larger than this file. */
u32 crc32_le(u32 crc, unsigned char const *p, size_t len)
{
	int bit;

	while (len--) {
		crc ^= *p++;
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return crc;
}

#include "../../../../mm/pram/sbcheck.c"

/* What lies between the scratch ranges, and before and after them. */
static struct mem_vector pram_gap[PRAM_SCRATCH_MAX + 1];
static unsigned int pram_nr_gaps;

static u64 pram_setup_data_pfn(void)
{
	struct setup_data *data = (void *)(unsigned long)boot_params_ptr->hdr.setup_data;

	for (; data; data = (void *)(unsigned long)data->next)
		if (data->type == PRAM_SETUP_DATA && data->len == sizeof(struct pram_setup_data))
			return ((struct pram_setup_data *)data->data)->sb_pfn;
	return 0;
}

/* Sets @pfn to the page frame of the super block, or to 0. False if ``pram=`` is unreadable. */
static bool pram_kaslr_place(unsigned long *pfn)
{
	char arg[24];
	int len = cmdline_find_option("pram", arg, sizeof(arg));

	*pfn = 0;
	if (len < 0)
		*pfn = pram_setup_data_pfn();
	return len < 0 || (len < (int)sizeof(arg) && !boot_kstrtoul(arg, 16, pfn));
}

static bool pram_is_ram(u64 pfn)
{
	int i;

	for (i = 0; i < boot_params_ptr->e820_entries; i++) {
		const struct boot_e820_entry *e = &boot_params_ptr->e820_table[i];

		if (e->type == E820_TYPE_RAM && pfn >= DIV_ROUND_UP(e->addr, PAGE_SIZE) &&
		    pfn < (e->addr + e->size) / PAGE_SIZE)
			return true;
	}
	return false;
}

static void pram_add_gap(u64 start, u64 end)
{
	if (start < end)
		pram_gap[pram_nr_gaps++] = (struct mem_vector){ start, end - start };
}

/**
 * pram_kaslr_init - find the memory that the kernel must avoid
 *
 * If there is a super block according to the command line, and it cannot be checked, the kernel
 * must stay where it was loaded. The kernel itself may be able to check it: it knows all RAM, and
 * memory encryption.
 *
 * Return: false if the kernel must stay where it was loaded.
 */
bool pram_kaslr_init(void)
{
	const struct pram_super_block *sb;
	unsigned long pfn;
	u64 start = 0;
	u32 i;

	pram_nr_gaps = 0;
	if (!pram_kaslr_place(&pfn))
		return false;
	if (!pfn)
		return true;
	sb = (void *)(pfn * PAGE_SIZE);
	if (!pram_is_ram(pfn) || pram_sb_check(sb, U64_MAX))
		return false;
	for (i = 0; i < sb->nr_scratch; i++) {
		pram_add_gap(start, sb->scratch[i].base);
		start = sb->scratch[i].base + sb->scratch[i].size;
	}
	pram_add_gap(start, U64_MAX);
	return true;
}

/* Sets @ret to the @i-th range that the kernel must avoid. Returns false if there is none. */
bool pram_kaslr_avoid(unsigned int i, struct mem_vector *ret)
{
	if (i >= pram_nr_gaps)
		return false;
	*ret = pram_gap[i];
	return true;
}
