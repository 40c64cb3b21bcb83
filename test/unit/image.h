/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A complete PRAM structure in simulated memory, as an earlier kernel leaves it, and
 * the functions with which the next kernel reads it.
 */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include "layout.h"

#define IMAGE_MAX_PFN	(3 * PRAM_LEAF_BITS + 1000)
#define IMAGE_SLOTS	4
#define IMAGE_NODES	8

/* page frames that image_init() uses */
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

/* Makes a super block, an empty map and scratch, not sealed. */
void image_init(struct image *img);
void image_exit(struct image *img);

struct pram_node *image_node(struct image *img, u64 pfn, u32 type,
			     const char *name);
/* Appends a link to @node. */
struct pram_link *image_link(struct image *img, struct pram_node *node, u64 pfn);
/* Appends an entry to the last link and preserves its pages. */
void image_add(struct image *img, struct pram_node *node, u64 entry);

/* Sets the list of nodes and all checksums and counts. */
void image_link_nodes(struct image *img);
void image_seal(struct image *img);

/* Makes a sealed image with nodes of all types and entries of all kinds. */
void image_sample(struct image *img);
#define SAMPLE_PAGES	200	/* node of one link, at 201 */
#define SAMPLE_BYTES	300	/* node of one link, at 301 */
#define SAMPLE_FILE	400	/* node of two links, at 401 and 402 */
#define SAMPLE_EMPTY	500	/* node without a link */

/* For tests that only read: such an image, and an empty map for claims, after sim_freeze(). */
extern struct image sample;
extern struct pram_map sample_claimed;
int sample_setup(void **state);
int sample_teardown(void **state);

/* Reads the image as the kernel does, except for the nodes. Returns NULL or the problem. */
const char *image_check(const struct image *img);
/* Claims all pages of PRAM itself, then those of one node. Returns NULL or the problem. */
const char *image_claim_own(const struct image *img, struct pram_map *claimed);
const char *image_claim(const struct image *img, u64 node_pfn,
			struct pram_map *claimed);

/* Makes a map of the same size as that of the image, for claims. */
void claimed_init(struct pram_map *claimed, u64 nr_slots);
void claimed_exit(struct pram_map *claimed);
/* A hash of a map: equal maps have equal values. */
u32 map_digest(const struct pram_map *map);

#endif /* TEST_IMAGE_H */
