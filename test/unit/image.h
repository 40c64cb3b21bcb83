/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole PRAM structure in simulated memory, as an earlier kernel leaves it, and
 * the way in which the next one reads it.
 */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include "layout.h"

#define IMAGE_MAX_PFN	(3 * PRAM_LEAF_BITS + 1000)
#define IMAGE_SLOTS	4
#define IMAGE_NODES	8

/* where image_init() puts what there is once */
#define IMAGE_SB	100
#define IMAGE_ROOT	101
#define IMAGE_SCRATCH	(2 * PRAM_LEAF_BITS)
#define IMAGE_SCRATCH_NR 4096

struct image {
	struct pram_super_block *sb;
	struct pram_map map;
	u64 node[IMAGE_NODES];
	unsigned int nr_nodes;
};

/* a super block, an empty map and scratch, not sealed */
void image_init(struct image *img);
void image_exit(struct image *img);

struct pram_node *image_node(struct image *img, u64 pfn, u32 type,
			     const char *name);
/* a new last link for @node */
struct pram_link *image_link(struct image *img, struct pram_node *node, u64 pfn);
/* an entry more in the last link; its pages are preserved then */
void image_add(struct image *img, struct pram_node *node, u64 entry);

/* sets the nodes' list; all checksums and counts that the image's ones follow from */
void image_link_nodes(struct image *img);
void image_seal(struct image *img);

/* with nodes of all types, and entries of all kinds, sealed */
void image_sample(struct image *img);
#define SAMPLE_PAGES	200	/* node of one link, at 201 */
#define SAMPLE_BYTES	300	/* node of one link, at 301 */
#define SAMPLE_FILE	400	/* node of two links, at 401 and 402 */
#define SAMPLE_EMPTY	500	/* node without a link */

/* What the kernel does with it, up to the nodes. NULL, or what is wrong. */
const char *image_check(const struct image *img);
/* All the pages of PRAM itself, then one node: NULL, or what is wrong with it. */
const char *image_claim_own(const struct image *img, struct pram_map *claimed);
const char *image_claim(const struct image *img, u64 node_pfn,
			struct pram_map *claimed);

/* a map like the image's, for claims */
void claimed_init(struct pram_map *claimed, u64 nr_slots);
void claimed_exit(struct pram_map *claimed);
/* differs where two maps do */
u32 map_digest(const struct pram_map *map);

#endif /* TEST_IMAGE_H */
