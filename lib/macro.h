/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRAM_MACRO_H
#define PRAM_MACRO_H

#include <stddef.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __cleanup(f) __attribute__((cleanup(f)))
#define __printf_like(fmt, args) __attribute__((format(printf, fmt, args)))
#define __unused_arg __attribute__((unused))

#define USEC_PER_SEC 1000000ULL
#define NSEC_PER_SEC 1000000000LL	/* signed, for struct timespec */

#endif /* PRAM_MACRO_H */
