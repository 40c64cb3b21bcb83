// SPDX-License-Identifier: GPL-2.0-only
/*
 * The canary: detect that another kernel has run since the super block was sealed.
 *
 * A kernel without PRAM allocates preserved pages, but may leave the super block and the
 * map intact. If a third kernel then gets the stale ``pram=`` (from kexec --reuse-cmdline
 * or a boot loader's configuration), it would load unrelated data as preserved memory.
 *
 * Every kernel copies its real mode trampoline to the same place, at the top of the memory
 * below 1 MiB, and firmware uses that memory too. Sealing therefore fills the last page of
 * the trampoline with a random number; no CPU is started through the trampoline after
 * that. The next kernel checks the page before it sets up its own trampoline.
 */
#include <linux/cc_platform.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/random.h>
#include <linux/sizes.h>

#include <asm/fixmap.h>
#include <asm/realmode.h>

#include "internal.h"

#define CANARY_WORDS	(PAGE_SIZE / sizeof(u64))

/* The last page of the trampoline; NULL if there is no trampoline. */
static u64 *canary_page;

/* At core_initcall(): real_mode_size_needed() is 0 by now, and the blob is freed before sealing. */
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
 * pram_canary_set - write the canary
 * @sb: super block about to be sealed
 *
 * Context: SYS_RESTART for a kexec; no CPU is started through the trampoline any more.
 */
void pram_canary_set(struct pram_super_block *sb)
{
	u64 i;

	sb->canary_pfn = 0;
	if (!canary_page)
		return;
	/* The jump into the next kernel would overwrite the canary. */
	if (pram_image_hits(PFN_DOWN(__pa(canary_page)), 1))
		return;
	sb->canary_pfn = PFN_DOWN(__pa(canary_page));
	sb->canary = get_random_u64() | 1;
	for (i = 0; i < CANARY_WORDS; i++)
		canary_page[i] = sb->canary;
}

/*
 * If the kernel encrypts its memory (AMD SME), the trampoline is the exception: CPUs start in
 * it without encryption, see setup_real_mode(). In an encrypted guest all is encrypted.
 */
static u64 *__init pram_canary_map(u64 pfn)
{
	if (IS_ENABLED(CONFIG_AMD_MEM_ENCRYPT) && cc_platform_has(CC_ATTR_HOST_MEM_ENCRYPT))
		return early_memremap_decrypted(PFN_PHYS(pfn), PAGE_SIZE);
	return early_memremap(PFN_PHYS(pfn), PAGE_SIZE);
}

/**
 * pram_canary_check - check that no other kernel has run since sealing
 * @sb: super block that pram_sb_check() found valid
 *
 * Context: early boot, before the trampoline is set up.
 * Return: NULL if the canary is intact or there is none, otherwise the reason.
 */
const char *__init pram_canary_check(const struct pram_super_block *sb)
{
	const char *why = NULL;
	u64 *page, i;

	if (!sb->canary_pfn)
		return NULL;
	if (PFN_PHYS(sb->canary_pfn) >= SZ_1M)
		return "canary out of bounds";
	page = pram_canary_map(sb->canary_pfn);
	if (!page)
		return "canary cannot be mapped";
	for (i = 0; i < CANARY_WORDS && !why; i++)
		if (page[i] != sb->canary)
			why = "another kernel has run since it was sealed";
	early_memunmap(page, PAGE_SIZE);
	return why;
}
