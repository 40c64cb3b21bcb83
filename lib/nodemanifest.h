/* SPDX-License-Identifier: GPL-2.0-only */
/* Manifests as they lie in PRAM, for those who look at them before pramd runs. */
#ifndef PRAM_NODEMANIFEST_H
#define PRAM_NODEMANIFEST_H

#include <linux/pram.h>

#include "pram.pb-c.h"

/* The manifest in a node, or NULL: another kind of node, or garbage, which pramd will name. */
Pram__Manifest *nodemanifest_read(int dev, const struct pram_node_info *info);

#endif /* PRAM_NODEMANIFEST_H */
