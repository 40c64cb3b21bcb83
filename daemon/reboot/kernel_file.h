/* SPDX-License-Identifier: GPL-2.0-only */
/* Which kernel and initrd to jump into. */
#ifndef PRAM_REBOOT_KERNEL_FILE_H
#define PRAM_REBOOT_KERNEL_FILE_H

#include <stdint.h>

#include "reboot/bzimage.h"

/* Newest "vmlinuz-RELEASE" in @boot, or @fallback if that exists: -ENOENT. */
int kernelfile_newest(const char *boot, const char *fallback, char **ret);

/* "initrd.img-RELEASE" beside ".../vmlinuz-RELEASE": -ENOENT if there is none. */
int kernelfile_initrd(const char *kernel, char **ret);

/* Reads a kernel's head. NULL, or what is wrong; @ret_bytes: of the file. */
const char *kernelfile_read(const char *path, struct bzimage *ret, uint64_t *ret_bytes);

/* A plain file that can be read, and its size: a negative errno. */
int kernelfile_size(const char *path, uint64_t *ret);

#endif /* PRAM_REBOOT_KERNEL_FILE_H */
