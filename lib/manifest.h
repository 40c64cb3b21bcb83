/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manifest of a checkpoint. It comes from memory that an earlier kernel left, so nothing in
 * it is used before it has been checked.
 */
#ifndef PRAM_MANIFEST_H
#define PRAM_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "pram.pb-c.h"

#define MANIFEST_VERSION 1
#define MANIFEST_MAX (16u * 1024 * 1024)
#define MANIFEST_PROCS_MAX 65536
#define MANIFEST_IMAGES_MAX 65536
#define OUTSIDE_MAX 64
#define KEPT_MAX 512
#define DIRS_MAX 4096
#define DISK_DIRS_MAX 8
#define PID_LIMIT (1u << 22)

/*
 * What is wrong with the name of an image file of CRIU, or NULL. A valid name has no slash and no
 * leading dot.
 */
const char *image_name_problem(const char *file);

/* What is wrong with the manifest, or NULL. The text is constant. */
const char *manifest_problem(const Pram__Manifest *m);

/*
 * Unpacks and checks a manifest; the caller frees it with pram__manifest__free_unpacked().
 * -EBADMSG: it is not valid, and @ret_problem (constant) says why. -ENOMEM.
 */
int manifest_unpack(const void *buf, size_t len, Pram__Manifest **ret, const char **ret_problem);

/* Packs a manifest into a new buffer, which the caller frees. -ENOMEM. */
int manifest_pack(const Pram__Manifest *m, uint8_t **ret, size_t *ret_len);

/* The size of all images, in bytes. */
uint64_t manifest_bytes(const Pram__Manifest *m);

/* The pages of 4 KiB that the plugin moved, and how many of them it had to copy. */
void manifest_memory(const Pram__Manifest *m, uint64_t *ret_pages, uint64_t *ret_copied);

#endif /* PRAM_MANIFEST_H */
