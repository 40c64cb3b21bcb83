// SPDX-License-Identifier: GPL-2.0-only
/*
 * crc32_le() for user space. It processes eight bytes per step, so that the checksum
 * does not dominate a benchmark over 128 MiB of leaves.
 */
#include <linux/crc32.h>
#include <string.h>

#define POLYNOMIAL	0xedb88320U

/* table[n][b]: effect of byte b on the checksum n bytes later */
static u32 table[8][256];

static void __attribute__((constructor)) crc32_init(void)
{
	u32 b, n;

	for (b = 0; b < 256; b++) {
		u32 crc = b;
		int i;

		for (i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][b] = crc;
	}
	for (n = 1; n < 8; n++)
		for (b = 0; b < 256; b++)
			table[n][b] = table[n - 1][b] >> 8 ^
				      table[0][table[n - 1][b] & 0xff];
}

u32 crc32_le(u32 crc, const u8 *p, size_t len)
{
	for (; len >= 8; len -= 8, p += 8) {
		u32 lo, hi;

		memcpy(&lo, p, 4);
		memcpy(&hi, p + 4, 4);
		lo ^= crc;
		crc = table[7][lo & 0xff] ^ table[6][lo >> 8 & 0xff] ^
		      table[5][lo >> 16 & 0xff] ^ table[4][lo >> 24] ^
		      table[3][hi & 0xff] ^ table[2][hi >> 8 & 0xff] ^
		      table[1][hi >> 16 & 0xff] ^ table[0][hi >> 24];
	}
	for (; len; len--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return crc;
}
