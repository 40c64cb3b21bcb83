// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has another kernel run in between?
 *
 * A kernel that knows nothing of PRAM hands the preserved pages out, and may yet
 * leave the super block and the map whole. If the stale ``pram=`` gets to a third
 * kernel then (kexec --reuse-cmdline, a boot loader's file), that one would take
 * anybody's data for a process's memory.
 *
 * But each kernel that boots copies its real mode trampoline to the same place,
 * the top of the memory below 1 MiB, and so does firmware use it. The last page
 * of the trampoline is therefore filled with a random number when the super
 * block is sealed, long after the last CPU came up by it, and looked at before
 * the next kernel sets up its own.
 */
#include <linux/init.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include <asm/realmode.h>

#include "internal.h"

#define CANARY_WORDS	(PAGE_SIZE / sizeof(u64))

/* the last page of the trampoline, NULL without one */
static u64 *canary_page;

/* real_mode_size_needed() is 0 by now, and the blob is gone when we seal */
static int __init pram_canary_find_page(void)
{
	if (real_mode_header)
		canary_page = (void *)real_mode_header +
			      PAGE_ALIGN(real_mode_blob_end - real_mode_blob) -
			      PAGE_SIZE;
	return 0;
}
core_initcall(pram_canary_find_page);

/**
 * pram_canary_set - leave the mark that any other kernel's boot destroys
 * @sb: super block about to be sealed
 *
 * Context: on the way into kexec: no CPU is brought up by the trampoline any more.
 */
void pram_canary_set(struct pram_super_block *sb)
{
	u64 i;

	sb->canary_pfn = 0;
	if (!canary_page)
		return;
	/* kexec itself would overwrite it */
	if (pram_image_hits(PFN_DOWN(__pa(canary_page)), 1))
		return;
	sb->canary_pfn = PFN_DOWN(__pa(canary_page));
	sb->canary = get_random_u64() | 1;
	for (i = 0; i < CANARY_WORDS; i++)
		canary_page[i] = sb->canary;
}

/**
 * pram_canary_check - is this the boot that the super block was sealed for?
 * @sb: super block that checked out
 *
 * To be called before the trampoline is set up.
 * Return: NULL, or why not.
 */
const char *__init pram_canary_check(const struct pram_super_block *sb)
{
	const char *why = NULL;
	u64 *page, i;

	if (!sb->canary_pfn)
		return NULL;
	if (PFN_PHYS(sb->canary_pfn) >= SZ_1M)
		return "canary out of bounds";
	page = early_memremap(PFN_PHYS(sb->canary_pfn), PAGE_SIZE);
	if (!page)
		return "canary cannot be mapped";
	for (i = 0; i < CANARY_WORDS && !why; i++)
		if (page[i] != sb->canary)
			why = "another kernel has run since it was sealed";
	early_memunmap(page, PAGE_SIZE);
	return why;
}
