/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/types.h>

/* the mask of those bits of word @w that lie in [@first, @end) */
static inline unsigned long shim_mask(unsigned long w, unsigned long first,
				      unsigned long end)
{
	unsigned long mask = ~0UL;

	if (BIT_WORD(first) == w)
		mask &= ~0UL << first % BITS_PER_LONG;
	if (BIT_WORD(end - 1) == w)
		mask &= ~0UL >> (BITS_PER_LONG - 1 - (end - 1) % BITS_PER_LONG);
	return mask;
}

static inline void bitmap_set(unsigned long *map, unsigned int start,
			      unsigned int nr)
{
	unsigned long w, end = (unsigned long)start + nr;

	for (w = BIT_WORD(start); nr && w <= BIT_WORD(end - 1); w++)
		map[w] |= shim_mask(w, start, end);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start,
				unsigned int nr)
{
	unsigned long w, end = (unsigned long)start + nr;

	for (w = BIT_WORD(start); nr && w <= BIT_WORD(end - 1); w++)
		map[w] &= ~shim_mask(w, start, end);
}

static inline unsigned int bitmap_weight(const unsigned long *map,
					 unsigned int nr)
{
	unsigned int sum = 0;
	unsigned long w;

	for (w = 0; nr && w <= BIT_WORD(nr - 1); w++)
		sum += (unsigned int)__builtin_popcountl(map[w] &
							 shim_mask(w, 0, nr));
	return sum;
}

#endif /* SHIM_LINUX_BITMAP_H */
