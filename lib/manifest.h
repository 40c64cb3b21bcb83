/* SPDX-License-Identifier: GPL-2.0-only */
/* A checkpoint's manifest: what is in it is not trusted until it has been checked. */
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
#define PID_LIMIT (1u << 22)

/* The name of an image file, as CRIU makes them: no slash, no dot in front. */
const char *image_name_problem(const char *file);

/* NULL, or what is wrong with it. */
const char *manifest_problem(const Pram__Manifest *m);

/* -EBADMSG with @ret_problem set, -ENOMEM. */
int manifest_unpack(const void *buf, size_t len, Pram__Manifest **ret, const char **ret_problem);

int manifest_pack(const Pram__Manifest *m, uint8_t **ret, size_t *ret_len);

uint64_t manifest_bytes(const Pram__Manifest *m);

/* Pages that the plugin has moved, all in all, and of them those that it copied. */
void manifest_memory(const Pram__Manifest *m, uint64_t *ret_pages, uint64_t *ret_copied);

#endif /* PRAM_MANIFEST_H */
