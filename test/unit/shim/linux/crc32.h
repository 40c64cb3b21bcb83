/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_CRC32_H
#define SHIM_LINUX_CRC32_H

#include <linux/types.h>

/* IEEE 802.3, reflected, with no inversion at either end */
u32 crc32_le(u32 crc, const u8 *p, size_t len);

#endif /* SHIM_LINUX_CRC32_H */
