// SPDX-License-Identifier: GPL-2.0-only
/*
 * The place of the super block. The next kernel gets it in two ways.
 *
 * ``pram=`` on the command line asks it to preserve the memory. Whoever loads the kernel writes
 * the command line. kexec_file_load() adds an entry of struct setup_data with the same page
 * frame number; no process can write that.
 *
 * Root may choose any command line, also for an image with a valid signature. It could build
 * a super block in the memory of a process, whose nodes name the pages of its choice, and
 * read and write them through /dev/pram. So a kernel that is locked down preserves memory
 * only if both numbers are the same. Without lockdown ``pram=`` suffices, as the kernel may
 * have been loaded by kexec_load().
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec.h>
#include <linux/kstrtox.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pram_boot.h>
#include <linux/printk.h>
#include <linux/security.h>

#include "internal.h"

static unsigned long pram_asked_pfn __initdata;
static u64 pram_passed_pfn __initdata;

static int __init pram_parse_sb_pfn(char *arg)
{
	int err = arg ? kstrtoul(arg, 16, &pram_asked_pfn) : -EINVAL;

	if (err) {
		pram_asked_pfn = 0;
		pr_err("pram= is not a page frame number in hex: no memory of the earlier kernel is kept\n");
	}
	return err;
}
early_param("pram", pram_parse_sb_pfn);

/**
 * pram_setup_data - read the entry that kexec_file_load() has made
 * @addr: physical address of its data
 * @len: length of its data
 *
 * Context: early boot, before the command line is parsed.
 */
void __init pram_setup_data(u64 addr, u32 len)
{
	const struct pram_setup_data *data;

	if (len != sizeof(*data))
		return;
	data = early_memremap(addr, sizeof(*data));
	if (!data)
		return;
	pram_passed_pfn = data->sb_pfn;
	early_memunmap((void *)data, sizeof(*data));
}

/* The page frame of the super block, or 0 if ``pram=`` does not name one. */
unsigned long __init pram_place(void)
{
	return pram_asked_pfn;
}

/**
 * pram_place_problem - check that ``pram=`` is not forged
 *
 * The answer is right only after the security modules are initialized. Lockdown can be one of
 * the early ones, which are known before the memory is handed over, or one of the others.
 *
 * Return: NULL, or the reason why the super block must not be used.
 */
const char *__init pram_place_problem(void)
{
	if (pram_asked_pfn == pram_passed_pfn)
		return NULL;
	/* A forged super block gives root pages of the kernel before, as /dev/mem would. */
	if (!security_locked_down(LOCKDOWN_DEV_MEM))
		return NULL;
	return "the kernel is locked down, and kexec_file_load() has not passed this place";
}

/**
 * pram_kexec_place - the place of the super block, for the setup data of an image
 * @img: image that kexec_file_load() loads
 *
 * Return: its page frame, 0 if the image is not to get it.
 */
u64 pram_kexec_place(const struct kimage *img)
{
	if (!pram_image_gets_memory(img))
		return 0;
	return PFN_DOWN(__pa(pram_sb));
}
