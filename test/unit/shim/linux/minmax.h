/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As strict as the kernel's about the operands' types: what compiles here must
 * compile there.
 */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#define shim_same(a, b)						\
	_Static_assert(__builtin_types_compatible_p(__typeof__(a), __typeof__(b)), \
		       "operands of different types")

#define min(a, b)						\
	__extension__({						\
		__auto_type shim_a = (a);			\
		__auto_type shim_b = (b);			\
		shim_same(shim_a, shim_b);			\
		shim_a < shim_b ? shim_a : shim_b;		\
	})

#define max(a, b)						\
	__extension__({						\
		__auto_type shim_a = (a);			\
		__auto_type shim_b = (b);			\
		shim_same(shim_a, shim_b);			\
		shim_a > shim_b ? shim_a : shim_b;		\
	})

#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))

#endif /* SHIM_LINUX_MINMAX_H */
