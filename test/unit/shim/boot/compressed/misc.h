/* SPDX-License-Identifier: GPL-2.0-only */
/* The decompressor's surroundings, as far as its file pram.c uses them. */
#ifndef SHIM_BOOT_MISC_H
#define SHIM_BOOT_MISC_H

#include <linux/types.h>

#define CONFIG_PRAM_KASLR	1
#define PAGE_SIZE		4096UL
#define U64_MAX			(~0ULL)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

struct mem_vector {
	u64 start;
	u64 size;
};

struct setup_data {
	u64 next;
	u32 type;
	u32 len;
	u8 data[];
};

struct boot_e820_entry {
	u64 addr;
	u64 size;
	u32 type;
} __attribute__((packed));

struct boot_params {
	struct {
		u64 setup_data;
	} hdr;
	u8 e820_entries;
	struct boot_e820_entry e820_table[8];
};

extern struct boot_params *boot_params_ptr;

int cmdline_find_option(const char *option, char *buffer, int bufsize);

#endif /* SHIM_BOOT_MISC_H */
