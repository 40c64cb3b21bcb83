/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds and examines the files of the next kernel and its initrd. */
#ifndef PRAM_REBOOT_KERNEL_FILE_H
#define PRAM_REBOOT_KERNEL_FILE_H

#include <stdint.h>

#include "reboot/bzimage.h"

/* The newest "vmlinuz-RELEASE" in @boot, otherwise @fallback. -ENOENT: neither exists. */
int kernelfile_newest(const char *boot, const char *fallback, char **ret);

/* The "initrd.img-RELEASE" that belongs to ".../vmlinuz-RELEASE". -ENOENT: there is none. */
int kernelfile_initrd(const char *kernel, char **ret);

/*
 * Reads the header of a kernel file, and its size into @ret_bytes. Returns NULL, or what is wrong.
 */
const char *kernelfile_read(const char *path, struct bzimage *ret, uint64_t *ret_bytes);

/* The size of a readable regular file. Returns a negative errno if it is not one. */
int kernelfile_size(const char *path, uint64_t *ret);

#endif /* PRAM_REBOOT_KERNEL_FILE_H */
