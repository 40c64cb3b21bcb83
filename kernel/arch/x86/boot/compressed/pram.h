/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BOOT_COMPRESSED_PRAM_H
#define BOOT_COMPRESSED_PRAM_H

#include "misc.h"

#ifdef CONFIG_PRAM_KASLR
bool pram_kaslr_init(void);
bool pram_kaslr_avoid(unsigned int i, struct mem_vector *ret);
#else
static inline bool pram_kaslr_init(void)
{
	return true;
}

static inline bool pram_kaslr_avoid(unsigned int i, struct mem_vector *ret)
{
	return false;
}
#endif

#endif /* BOOT_COMPRESSED_PRAM_H */
