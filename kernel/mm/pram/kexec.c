// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preventing overlap between the kexec image and preserved pages.
 *
 * kexec_file_load() looks for memory in scratch first. An image may lie elsewhere, because
 * kexec_load() chose the addresses or because scratch is too small. It is refused if it
 * overlaps a preserved page. After it is loaded, its destination is banned: pages there are
 * moved before they are kept, see pram_banned().
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/pram_boot.h>
#include <linux/printk.h>

#include "internal.h"

bool pram_image_loaded(void)
{
	return READ_ONCE(kexec_image);
}

/* Does the kernel of the image get the preserved memory? A crash kernel does not. */
bool pram_image_gets_memory(const struct kimage *img)
{
#ifdef CONFIG_CRASH_DUMP
	if (img->type == KEXEC_TYPE_CRASH)
		return false;
#endif
	return pram_sb;
}

/**
 * pram_kexec_locate - look for space for a segment in scratch
 * @kbuf: the segment
 * @fn: kexec's callback that tries a range; returns 1 if it found space
 *
 * Context: kexec_file_load(), with kexec's lock held.
 * Return: 1 if @fn found space, otherwise 0: the caller searches all memory.
 */
int pram_kexec_locate(struct kexec_buf *kbuf,
		      int (*fn)(struct resource *res, void *arg))
{
	unsigned int i;

	if (!pram_image_gets_memory(kbuf->image))
		return 0;
	for (i = pram_nr_scratch; i--;) {
		struct resource res = {
			.start = pram_scratch[i].base,
			.end = pram_scratch[i].base + pram_scratch[i].size - 1,
			.flags = IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
		};

		if (fn(&res, kbuf) == 1)
			return 1;
	}
	pr_info("no room in scratch for a kexec segment of %lu KiB, looking elsewhere\n",
		kbuf->memsz >> 10);
	return 0;
}

static int pram_image_check(const struct kimage *img)
{
	unsigned long i;

	for (i = 0; i < img->nr_segments; i++) {
		u64 pfn = PFN_DOWN(img->segment[i].mem);
		u64 end = PFN_UP(img->segment[i].mem + img->segment[i].memsz);
		u64 hit = pram_map_next(&pram_map, pfn, end);

		if (hit == end)
			continue;
		pr_err("kexec image refused: segment %lu at [mem %#lx-%#lx] lies on preserved page %llx\n",
		       i, img->segment[i].mem,
		       img->segment[i].mem + img->segment[i].memsz - 1, hit);
		return -EADDRINUSE;
	}
	return 0;
}

/**
 * pram_kexec_loaded - check that an image does not overlap preserved pages
 * @img: image about to be installed
 *
 * On success the destination of the image is banned until another image is loaded.
 *
 * Context: the caller holds kexec's lock. Takes pram_map_mutex.
 * Return: 0, or -EADDRINUSE if it overlaps a preserved page.
 */
int pram_kexec_loaded(struct kimage *img)
{
	int err;

	if (!pram_image_gets_memory(img))
		return 0;
	mutex_lock(&pram_map_mutex);
	err = pram_image_check(img);
	if (!err)
		pram_image_ban(img);
	mutex_unlock(&pram_map_mutex);
	return err;
}
