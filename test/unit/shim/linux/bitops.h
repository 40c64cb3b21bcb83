/* SPDX-License-Identifier: GPL-2.0-only */
/* Bits in arrays of unsigned long, numbered as the kernel does. */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/types.h>

#define BITS_PER_LONG	((unsigned long)__SIZEOF_LONG__ * 8)
#define BIT_WORD(nr)	((nr) / BITS_PER_LONG)
#define BIT_MASK(nr)	(1UL << ((nr) % BITS_PER_LONG))

static inline bool test_bit(unsigned long nr, const unsigned long *addr)
{
	return addr[BIT_WORD(nr)] & BIT_MASK(nr);
}

static inline void __set_bit(unsigned long nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *addr)
{
	bool was = test_bit(nr, addr);

	__set_bit(nr, addr);
	return was;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *addr)
{
	bool was = test_bit(nr, addr);

	__clear_bit(nr, addr);
	return was;
}

/* first bit in [@from, @size) that is not as in @flip (0 or ~0), or @size */
static inline unsigned long shim_find(const unsigned long *addr,
				      unsigned long size, unsigned long from,
				      unsigned long flip)
{
	unsigned long w, bits;

	if (from >= size)
		return size;
	w = BIT_WORD(from);
	bits = (addr[w] ^ flip) & (~0UL << from % BITS_PER_LONG);
	while (!bits) {
		if (++w * BITS_PER_LONG >= size)
			return size;
		bits = addr[w] ^ flip;
	}
	from = w * BITS_PER_LONG + (unsigned long)__builtin_ctzl(bits);
	return from < size ? from : size;
}

static inline unsigned long find_next_bit(const unsigned long *addr,
					  unsigned long size, unsigned long from)
{
	return shim_find(addr, size, from, 0);
}

static inline unsigned long find_next_zero_bit(const unsigned long *addr,
					       unsigned long size,
					       unsigned long from)
{
	return shim_find(addr, size, from, ~0UL);
}

#endif /* SHIM_LINUX_BITOPS_H */
