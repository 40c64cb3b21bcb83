/* SPDX-License-Identifier: GPL-2.0-only */
/* Recognises an initrd, and one that is damaged, by what can be seen without unpacking it. */
#ifndef PRAM_REBOOT_INITRD_FORMAT_H
#define PRAM_REBOOT_INITRD_FORMAT_H

#include <stdint.h>

struct initrd_format {
	const char *compression;	/* of the last archive; NULL: not compressed */
	const char *config;	/* what the kernel needs for it, without CONFIG_; or NULL */
};

/*
 * Reads the file @fd of @size bytes. Returns NULL, or what is wrong with it. Archives of cpio, and
 * the blocks of zstd and lz4, are followed to their end, so a truncated file is found. Of the other
 * compressions only the magic number is looked at.
 */
const char *initrd_problem(int fd, uint64_t size, struct initrd_format *ret);

#endif /* PRAM_REBOOT_INITRD_FORMAT_H */
