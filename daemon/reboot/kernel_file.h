/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds and examines the files of the next kernel and its initrd. */
#ifndef PRAM_REBOOT_KERNEL_FILE_H
#define PRAM_REBOOT_KERNEL_FILE_H

#include <stdint.h>

#include "reboot/bzimage.h"

/* The newest "vmlinuz-RELEASE" in @boot, otherwise @fallback. -ENOENT: neither exists. */
int kernelfile_newest(const char *boot, const char *fallback, char **ret);

/* RELEASE of a path ".../vmlinuz-RELEASE", or NULL. It points into @kernel. */
const char *kernelfile_name_release(const char *kernel);

/*
 * The "initrd.img-RELEASE" that belongs to ".../vmlinuz-RELEASE", or a file of another
 * distribution's name. -ENOENT: there is none.
 */
int kernelfile_initrd(const char *kernel, char **ret);

/*
 * Reads the header of a kernel file, and its size into @ret_bytes. Returns NULL, or what is wrong.
 */
const char *kernelfile_read(const char *path, struct bzimage *ret, uint64_t *ret_bytes);

/*
 * Opens a regular file, and stores its size. The caller closes the descriptor. Returns a negative
 * errno, -EINVAL if it is not a regular file.
 */
int kernelfile_open(const char *path, uint64_t *ret_bytes);

#endif /* PRAM_REBOOT_KERNEL_FILE_H */
