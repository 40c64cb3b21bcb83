// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "reboot/bzimage.h"

/* Offsets of Documentation/arch/x86/boot.rst. */
#define OFF_SETUP_SECTS 0x1f1
#define OFF_SYSSIZE 0x1f4	/* in 16 bytes */
#define OFF_BOOT_FLAG 0x1fe
#define OFF_HEADER 0x202
#define OFF_PROTOCOL 0x206
#define OFF_VERSION 0x20e
#define OFF_LOADFLAGS 0x211
#define OFF_XLOADFLAGS 0x236
#define OFF_CMDLINE_SIZE 0x238
#define OFF_INIT_SIZE 0x260
#define HEADER_END 0x264

#define PROTOCOL_MIN 0x020c	/* xloadflags */
#define LOADED_HIGH 0x01
#define XLF_KERNEL_64 0x0001

/* The header for EFI, of the PE format, is in front of the setup header. */
#define OFF_PE_OFFSET 0x3c
#define PE_HEADER 24		/* then follows the optional header */
#define PE32_PLUS 0x020b	/* its magic, and offsets in it */
#define PE_OFF_DIRS 108
#define PE_DIRS 112
#define PE_DIR_CERTS 4		/* the table of certificates is in this entry of 8 bytes */

static uint32_t le(const uint8_t *p, unsigned int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static void get_version(const uint8_t *buf, size_t len, struct bzimage *b)
{
	size_t off = le(buf + OFF_VERSION, 2) + 0x200;
	size_t i;

	for (i = 0; i + 1 < sizeof(b->version) && off + i < len; i++) {
		unsigned char c = buf[off + i];

		/* The string is like "6.12.57 (user@host) #1 SMP …". */
		if (!isprint(c))
			break;
		b->version[i] = (char)c;
	}
	b->version[i] = 0;
}

static void get_release(struct bzimage *b)
{
	size_t len = strcspn(b->version, " ");

	/* Files are looked for by that name. */
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)b->version[i]) && !strchr("._+~-", b->version[i]))
			return;
	if (len && b->version[0] != '.') {
		memcpy(b->release, b->version, len);
		b->release[len] = 0;
	}
}

/* As pefile_parse_binary() of the kernel looks for them, which verifies them. */
static void get_signature(const uint8_t *buf, size_t len, struct bzimage *b)
{
	size_t off = le(buf + OFF_PE_OFFSET, 4), certs;
	uint32_t place, bytes;

	if (memcmp(buf, "MZ", 2) != 0 || off > len - PE_HEADER ||
	    memcmp(buf + off, "PE\0\0", 4) != 0)
		return;
	off += PE_HEADER;
	certs = off + PE_DIRS + PE_DIR_CERTS * 8;
	if (certs + 8 > len || le(buf + off, 2) != PE32_PLUS ||
	    le(buf + off + PE_OFF_DIRS, 4) <= PE_DIR_CERTS)
		return;
	place = le(buf + certs, 4);
	bytes = le(buf + certs + 4, 4);
	if (place && bytes)
		b->signature_end = (uint64_t)place + bytes;
}

const char *bzimage_parse(const uint8_t *buf, size_t len, struct bzimage *ret)
{
	struct bzimage b = {};

	if (len < HEADER_END)
		return "too short for a kernel image";
	if (le(buf + OFF_BOOT_FLAG, 2) != 0xaa55 || memcmp(buf + OFF_HEADER, "HdrS", 4) != 0)
		return "not a bzImage";
	b.protocol = (uint16_t)le(buf + OFF_PROTOCOL, 2);
	if (b.protocol < PROTOCOL_MIN)
		return "a bzImage of a boot protocol older than 2.12";
	if (!(buf[OFF_LOADFLAGS] & LOADED_HIGH))
		return "a zImage, not a bzImage";
	if (!(le(buf + OFF_XLOADFLAGS, 2) & XLF_KERNEL_64))
		return "not a 64-bit kernel";
	b.file_size =
		(le(buf + OFF_SETUP_SECTS, 1) + 1ULL) * 512 + le(buf + OFF_SYSSIZE, 4) * 16ULL;
	b.cmdline_size = le(buf + OFF_CMDLINE_SIZE, 4);
	b.init_size = le(buf + OFF_INIT_SIZE, 4);
	if (!b.init_size || !b.cmdline_size)
		return "its header lacks the size of memory or command line";
	if (le(buf + OFF_VERSION, 2))
		get_version(buf, len, &b);
	get_release(&b);
	get_signature(buf, len, &b);
	*ret = b;
	return NULL;
}
