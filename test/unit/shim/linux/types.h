/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's names for what the system's own header has with underscores. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include_next <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

#endif /* SHIM_LINUX_TYPES_H */
