/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads manifests from PRAM for programs that run without pramd. */
#ifndef PRAM_NODEMANIFEST_H
#define PRAM_NODEMANIFEST_H

#include <linux/pram.h>

#include "pram.pb-c.h"

/*
 * The manifest in a node, which the caller frees with pram__manifest__free_unpacked(). NULL if
 * the node is of another kind, or the manifest is not valid. In the latter case pramd logs the
 * reason when it starts.
 */
Pram__Manifest *nodemanifest_read(int dev, const struct pram_node_info *info);

#endif /* PRAM_NODEMANIFEST_H */
