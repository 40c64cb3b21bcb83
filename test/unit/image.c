// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/crc32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "sim.h"

static void keep(struct image *img, u64 pfn, u64 nr)
{
	int err = pram_map_set(&img->map, pfn, nr);

	if (err) {
		fprintf(stderr, "image: cannot keep %#llx + %llu: %s\n", pfn, nr,
			strerror(-err));
		abort();
	}
}

void image_init(struct image *img)
{
	struct pram_super_block *sb;

	sim_init(IMAGE_MAX_PFN);
	memset(img, 0, sizeof(*img));
	img->map.slot = sim_page(IMAGE_ROOT);
	img->map.nr_slots = IMAGE_SLOTS;
	img->map.keeps_itself = true;
	img->sb = sim_page(IMAGE_SB);
	keep(img, IMAGE_SB, 2);

	sb = img->sb;
	sb->magic = PRAM_SB_MAGIC;
	sb->version = PRAM_VERSION;
	sb->page_size = PRAM_ABI_PAGE_SIZE;
	sb->map_pfn = IMAGE_ROOT;
	sb->map_slots = IMAGE_SLOTS;
	sb->nr_scratch = 2;
	sb->scratch[0].base = 512 * SIM_PAGE;
	sb->scratch[0].size = 64 * SIM_PAGE;
	sb->scratch[1].base = IMAGE_SCRATCH * SIM_PAGE;
	sb->scratch[1].size = IMAGE_SCRATCH_NR * SIM_PAGE;
	strcpy(sb->release, "6.12.0-test");
}

void image_exit(struct image *img)
{
	memset(img, 0, sizeof(*img));
	sim_drop();
}

struct pram_node *image_node(struct image *img, u64 pfn, u32 type,
			     const char *name)
{
	struct pram_node *node = sim_page(pfn);

	keep(img, pfn, 1);
	node->magic = PRAM_NODE_MAGIC;
	node->type = type;
	strncpy((char *)node->name, name, PRAM_NAME_MAX - 1);
	img->node[img->nr_nodes++] = pfn;
	return node;
}

static struct pram_link *last_link(struct pram_node *node)
{
	struct pram_link *link = NULL;
	u64 pfn;

	for (pfn = node->link_pfn; pfn; pfn = link->link_pfn)
		link = sim_page(pfn);
	return link;
}

struct pram_link *image_link(struct image *img, struct pram_node *node, u64 pfn)
{
	struct pram_link *last = last_link(node);

	keep(img, pfn, 1);
	if (last)
		last->link_pfn = pfn;
	else
		node->link_pfn = pfn;
	node->nr_links++;
	return sim_page(pfn);
}

void image_add(struct image *img, struct pram_node *node, u64 entry)
{
	struct pram_link *link = last_link(node);

	link->entry[link->nr++] = entry;
	if (pram_entry_is_hole(entry))
		return;
	keep(img, pram_entry_pfn(entry), pram_entry_pages(entry));
	node->nr_pages += pram_entry_pages(entry);
	node->nr_folios += pram_entry_nr(entry);
}

void image_link_nodes(struct image *img)
{
	u64 *next = &img->sb->node_pfn;
	unsigned int i;

	for (i = 0; i < img->nr_nodes; i++) {
		struct pram_node *node = sim_page(img->node[i]);

		*next = img->node[i];
		next = &node->node_pfn;
	}
	*next = 0;
}

static bool is_node(const struct image *img, u64 pfn)
{
	unsigned int i;

	for (i = 0; i < img->nr_nodes; i++)
		if (img->node[i] == pfn)
			return true;
	return false;
}

void image_seal(struct image *img)
{
	unsigned int i, loops = 0;

	for (i = 0; i < img->nr_nodes; i++) {
		struct pram_node *node = sim_page(img->node[i]);
		u64 pfn = node->link_pfn;

		pram_node_page_seal(node);
		/* a test may have made a loop of links; the limit exceeds the longest valid list */
		while (sim_has(pfn) && !is_node(img, pfn) && loops++ < 1000) {
			struct pram_link *link = sim_page(pfn);

			pram_link_seal(link);
			pfn = link->link_pfn;
		}
	}
	img->sb->map_crc = pram_map_seal(&img->map);
	img->sb->nr_pages = img->map.nr_pages;
	pram_sb_seal(img->sb);
}

void image_sample(struct image *img)
{
	struct pram_node *node;
	u64 pfn;

	image_init(img);
	node = image_node(img, SAMPLE_PAGES, PRAM_NODE_PAGES, "pages");
	image_link(img, node, SAMPLE_PAGES + 1);
	image_add(img, node, pram_entry(1001, 0, 5, 0));
	image_add(img, node, pram_entry(2048, 3, 2, 1));
	image_add(img, node, pram_entry(4096, 10, 1, PRAM_ENTRY_FLAGS_MAX));
	image_add(img, node, pram_entry(8192, 0, PRAM_ENTRY_NR_MAX, 0));
	/* an entry that crosses the boundary between two leaves */
	image_add(img, node, pram_entry(PRAM_LEAF_BITS - 16, 4, 2, 0));

	node = image_node(img, SAMPLE_BYTES, PRAM_NODE_BYTES, "bytes");
	image_link(img, node, SAMPLE_BYTES + 1);
	image_add(img, node, pram_entry(1010, 0, 3, 0));
	node->data_len = 2 * SIM_PAGE + 7;

	node = image_node(img, SAMPLE_FILE, PRAM_NODE_FILE, "file");
	image_link(img, node, SAMPLE_FILE + 1);
	image_add(img, node, pram_entry_hole(512));
	image_add(img, node, pram_entry(PRAM_LEAF_BITS + 512, 9, 2, 0));
	for (pfn = 16384; pfn < 16384 + 2 * 508; pfn += 2)
		image_add(img, node, pram_entry(pfn, 0, 1, 0));
	image_link(img, node, SAMPLE_FILE + 2);
	image_add(img, node, pram_entry_hole(4));
	image_add(img, node, pram_entry(20480, 11 - 8, 3, 0));
	node->data_len = 12345678;

	image_node(img, SAMPLE_EMPTY, PRAM_NODE_BYTES, "empty");
	image_link_nodes(img);
	image_seal(img);
}

const char *image_check(const struct image *img)
{
	const char *why = pram_sb_check(img->sb, IMAGE_MAX_PFN);

	return why ? why : pram_map_check(img->sb, IMAGE_SB, &img->map);
}

const char *image_claim_own(const struct image *img, struct pram_map *claimed)
{
	int err = pram_map_set(claimed, IMAGE_SB, 1);
	u64 s;

	if (!err)
		err = pram_map_set(claimed, img->sb->map_pfn, 1);
	for (s = 0; !err && s < img->map.nr_slots; s++)
		if (img->map.slot[s].pfn)
			err = pram_map_set(claimed, img->map.slot[s].pfn, 1);
	return err ? "a leaf is named twice" : NULL;
}

const char *image_claim(const struct image *img, u64 node_pfn,
			struct pram_map *claimed)
{
	const struct pram_node *node;
	const char *why;

	if (!pram_map_test(&img->map, node_pfn))
		return "node is not preserved";
	node = pram_va(node_pfn);
	why = pram_node_check(node);
	return why ? why : pram_node_claim(node, node_pfn, &img->map, claimed);
}

void claimed_init(struct pram_map *claimed, u64 nr_slots)
{
	*claimed = (struct pram_map){
		.slot = calloc(nr_slots, sizeof(struct pram_slot)),
		.nr_slots = nr_slots,
	};
	if (!claimed->slot)
		abort();
}

void claimed_exit(struct pram_map *claimed)
{
	pram_map_free(claimed);
	free(claimed->slot);
}

u32 map_digest(const struct pram_map *map)
{
	u32 crc = crc32_le(~0U, (const u8 *)&map->nr_pages, sizeof(map->nr_pages));
	u64 s;

	for (s = 0; s < map->nr_slots; s++) {
		const struct pram_slot *slot = &map->slot[s];

		crc = crc32_le(crc, (const u8 *)&slot->nr, sizeof(slot->nr));
		if (slot->pfn)
			crc = crc32_le(crc, pram_va(slot->pfn), SIM_PAGE);
	}
	return crc;
}

struct image sample;
struct pram_map sample_claimed;

int sample_setup(void **state)
{
	(void)state;
	image_sample(&sample);
	claimed_init(&sample_claimed, IMAGE_SLOTS);
	sim_freeze(true);
	return 0;
}

int sample_teardown(void **state)
{
	(void)state;
	claimed_exit(&sample_claimed);
	image_exit(&sample);
	return 0;
}
