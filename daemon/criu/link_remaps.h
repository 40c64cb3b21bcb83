/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links that CRIU makes for open files whose names are gone (--link-remap): DIR/link_remap.N, where
 * N is the number of the file in the images. The restore removes them.
 */
#ifndef PRAM_CRIU_LINK_REMAPS_H
#define PRAM_CRIU_LINK_REMAPS_H

#include <stddef.h>

/* The paths in the images in @dir, which the caller frees. Returns a negative errno on failure. */
int link_remaps(int dir, char ***ret, size_t *ret_n);

#endif /* PRAM_CRIU_LINK_REMAPS_H */
