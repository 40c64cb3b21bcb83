/* SPDX-License-Identifier: GPL-2.0-only */
/* The setup header of an x86 kernel image. */
#ifndef PRAM_REBOOT_BZIMAGE_H
#define PRAM_REBOOT_BZIMAGE_H

#include <stddef.h>
#include <stdint.h>

#define BZIMAGE_HEAD (64u * 1024)	/* contains the header and the version string */
#define BZIMAGE_VERSION_MAX 128

struct bzimage {
	uint16_t protocol;
	uint64_t file_size;	/* according to the header */
	uint32_t init_size;	/* memory that the kernel needs before it can read the map */
	uint32_t cmdline_size;	/* without the nul */
	uint64_t signature_end;	/* end in the file of the signatures for EFI; 0: it has none */
	char version[BZIMAGE_VERSION_MAX];
	char release[BZIMAGE_VERSION_MAX];	/* its first word, if it can be in a file's name */
};

/*
 * Parses the first BZIMAGE_HEAD bytes of a file, or all of a shorter one. Returns NULL, or what is
 * wrong.
 */
const char *bzimage_parse(const uint8_t *buf, size_t len, struct bzimage *ret);

#endif /* PRAM_REBOOT_BZIMAGE_H */
