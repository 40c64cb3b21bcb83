// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel takes an initrd as a row of archives of cpio ("newc"), with zeros between them: first
 * those that are not compressed, with microcode for example, then usually a compressed one. It does
 * not start without its initrd, and it finds a damaged one only after the jump.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "reboot/initrd_format.h"
#include "macro.h"

#define CPIO_HEADER 110
#define CPIO_SIZE 54	/* offsets of two of its 13 numbers, 8 hexadecimal digits each */
#define CPIO_NAME_SIZE 94
#define CPIO_END "TRAILER!!!"
#define NAME_MAX_BYTES 4096
#define LZ4_BLOCK_MAX 8421520	/* LZ4_compressBound(8 MiB) */
#define BOOTCONFIG "#BOOTCONFIG\n"

/* A file of a usual size has some thousand. Garbage must not keep pramd busy. */
#define READS_MAX 200000

static const char truncated[] = "truncated";
static const char corrupt_cpio[] = "corrupt: an entry of its cpio archive is not one";
static const char no_archive[] = "neither a cpio archive nor compressed by a method of the kernel";

struct file {
	int fd;
	uint64_t size;
	unsigned int reads;
};

static const char *follow_zstd(struct file *f, uint64_t off);
static const char *follow_lz4(struct file *f, uint64_t off);

/* The first two bytes, as in lib/decompress.c of the kernel. */
static const struct method {
	uint8_t magic[2];
	const char *name, *config;
	const char *(*follow)(struct file *f, uint64_t off);
} methods[] = {
	{ { 0x1f, 0x8b }, "gzip", "RD_GZIP", NULL },
	{ { 0x1f, 0x9e }, "gzip", "RD_GZIP", NULL },
	{ { 0x42, 0x5a }, "bzip2", "RD_BZIP2", NULL },
	{ { 0x5d, 0x00 }, "lzma", "RD_LZMA", NULL },
	{ { 0xfd, 0x37 }, "xz", "RD_XZ", NULL },
	{ { 0x89, 0x4c }, "lzo", "RD_LZO", NULL },
	{ { 0x02, 0x21 }, "lz4", "RD_LZ4", follow_lz4 },
	{ { 0x28, 0xb5 }, "zstd", "RD_ZSTD", follow_zstd },
};

static bool spent(const struct file *f)
{
	return f->reads >= READS_MAX;
}

static bool get(struct file *f, uint64_t off, void *buf, size_t len)
{
	f->reads++;
	return off <= f->size && len <= f->size - off &&
	       pread(f->fd, buf, len, (off_t)off) == (ssize_t)len;
}

static uint32_t le(const uint8_t *p, unsigned int bytes)
{
	uint32_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static bool hex8(const char *s, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < 8; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!isxdigit(c))
			return false;
		v = v << 4 | (uint64_t)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	*ret = v;
	return true;
}

/* RFC 8878. A frame is a header and blocks, each with its size in front of it. */
static const char *follow_zstd(struct file *f, uint64_t off)
{
	static const uint8_t id_bytes[] = { 0, 1, 2, 4 }, size_bytes[] = { 0, 2, 4, 8 };
	uint8_t head[5], block[3];
	bool single;
	uint32_t v;

	if (!get(f, off, head, sizeof(head)))
		return truncated;
	if (le(head, 4) != 0xfd2fb528)
		return "corrupt: it begins almost like a file of zstd";
	single = head[4] & 0x20;
	off += sizeof(head) + !single + id_bytes[head[4] & 3];
	off += head[4] >> 6 ? size_bytes[head[4] >> 6] : single;
	do {
		if (!get(f, off, block, sizeof(block)))
			return truncated;
		v = le(block, 3);
		if ((v >> 1 & 3) == 3)
			return "corrupt: a block of zstd has an unknown type";
		/* A block of type 1 is one byte, to be repeated. */
		off += sizeof(block) + ((v >> 1 & 3) == 1 ? 1 : v >> 3);
	} while (!(v & 1) && !spent(f));
	if (head[4] & 4)
		off += 4;	/* checksum */
	return off > f->size ? truncated : NULL;
}

/* The format of `lz4 -l`: blocks with their size in front of them, until the end of the file. */
static const char *follow_lz4(struct file *f, uint64_t off)
{
	uint8_t head[4];

	if (!get(f, off, head, sizeof(head)))
		return truncated;
	if (le(head, 4) != 0x184c2102)
		return "corrupt: it begins almost like a file of lz4 -l";
	for (off += 4; get(f, off, head, sizeof(head)) && !spent(f);) {
		uint32_t bytes = le(head, 4);

		off += sizeof(head);
		if (bytes == 0x184c2102)
			continue;
		if (!bytes)
			break;
		if (bytes > LZ4_BLOCK_MAX)
			return "corrupt: a block of lz4 is too large";
		off += bytes;
		if (off > f->size)
			return truncated;
	}
	return NULL;
}

/* Follows the archive at @off to its last entry. *@off becomes the byte after it. */
static const char *follow_cpio(struct file *f, uint64_t *off)
{
	char head[CPIO_HEADER], name[sizeof(CPIO_END)];
	uint64_t size, name_size;
	bool last = false;

	while (!last && !spent(f)) {
		if (!get(f, *off, head, sizeof(head)))
			return truncated;
		if ((memcmp(head, "070701", 6) != 0 && memcmp(head, "070702", 6) != 0) ||
		    !hex8(head + CPIO_SIZE, &size) || !hex8(head + CPIO_NAME_SIZE, &name_size) ||
		    !name_size || name_size > NAME_MAX_BYTES)
			return corrupt_cpio;
		last = name_size == sizeof(name) &&
		       get(f, *off + CPIO_HEADER, name, sizeof(name)) &&
		       memcmp(name, CPIO_END, sizeof(name)) == 0;
		/* Header with name, and contents, are each padded to 4 bytes. */
		*off += (CPIO_HEADER + name_size + 3) & ~3ULL;
		*off += last ? 0 : (size + 3) & ~3ULL;
		if (*off > f->size)
			return truncated;
	}
	return NULL;
}

/* Returns false at the end of the file. */
static bool skip_zeros(struct file *f, uint64_t *off)
{
	uint8_t buf[4096];

	while (*off < f->size && !spent(f)) {
		uint64_t left = f->size - *off;
		size_t n = left < sizeof(buf) ? (size_t)left : sizeof(buf);

		if (!get(f, *off, buf, n))
			return false;
		for (size_t i = 0; i < n; i++, ++*off)
			if (buf[i])
				return true;
	}
	return false;
}

/* Settings for the kernel (bootconfig) may follow the archives: they, two numbers and a magic. */
static uint64_t size_without_settings(struct file *f)
{
	uint8_t tail[8 + sizeof(BOOTCONFIG) - 1];

	if (f->size < sizeof(tail) || !get(f, f->size - sizeof(tail), tail, sizeof(tail)) ||
	    memcmp(tail + 8, BOOTCONFIG, sizeof(tail) - 8) != 0 ||
	    le(tail, 4) > f->size - sizeof(tail))
		return f->size;
	return f->size - sizeof(tail) - le(tail, 4);
}

static const struct method *method_of(const uint8_t *magic)
{
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (memcmp(methods[i].magic, magic, 2) == 0)
			return &methods[i];
	return NULL;
}

const char *initrd_problem(int fd, uint64_t size, struct initrd_format *ret)
{
	struct file f = { .fd = fd, .size = size };
	const char *problem = NULL;
	bool found = false;
	uint64_t off = 0;
	uint8_t magic[2];

	*ret = (struct initrd_format){};
	if (!size)
		return "empty";
	f.size = size_without_settings(&f);
	while (!problem && skip_zeros(&f, &off)) {
		const struct method *m;

		if (!get(&f, off, magic, sizeof(magic)))
			return truncated;
		m = method_of(magic);
		if (m) {
			*ret = (struct initrd_format){ m->name, m->config };
			return m->follow ? m->follow(&f, off) : NULL;
		}
		if (magic[0] != '0' || off & 3)
			return no_archive;
		problem = follow_cpio(&f, &off);
		found = true;
	}
	if (!problem && !found)
		problem = "nothing but zeros";
	return problem;
}
