// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links of a node that contain one error: the error is named, and all claims that
 * were made before it was found are undone.
 */
#include <string.h>

#include "image.h"
#include "sim.h"
#include "test.h"

static struct image img;
static struct pram_map claimed;
static struct pram_node *pages, *file;
static struct pram_link *link1, *link2;	/* of the node SAMPLE_FILE */
static u32 digest;

static int setup(void **state)
{
	(void)state;
	image_sample(&img);
	pages = sim_page(SAMPLE_PAGES);
	file = sim_page(SAMPLE_FILE);
	link1 = sim_page(SAMPLE_FILE + 1);
	link2 = sim_page(SAMPLE_FILE + 2);
	claimed_init(&claimed, IMAGE_SLOTS);
	assert_null(image_claim_own(&img, &claimed));
	assert_null(image_claim(&img, SAMPLE_BYTES, &claimed));
	digest = map_digest(&claimed);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	claimed_exit(&claimed);
	image_exit(&img);
	return 0;
}

static void assert_why(u64 node, const char *expected)
{
	const char *why;

	image_seal(&img);
	sim_freeze(true);
	why = image_claim(&img, node, &claimed);
	sim_freeze(false);
	assert_non_null(why);
	assert_string_equal(why, expected);
	assert_int_equal(map_digest(&claimed), digest);
}

static void assert_good(u64 node)
{
	image_seal(&img);
	assert_null(image_claim(&img, node, &claimed));
}

static void test_link_count(void **state)
{
	(void)state;
	link1->nr = PRAM_LINK_ENTRIES + 1;
	assert_why(SAMPLE_FILE, "too many entries in a link");
	link1->nr = ~0U;
	assert_why(SAMPLE_FILE, "too many entries in a link");
	link1->nr = 0;
	link2->entry[0] = pram_entry_hole(8);
	assert_why(SAMPLE_FILE, "node and links disagree on the number of pages");
	link1->nr = PRAM_LINK_ENTRIES;
	link2->nr = PRAM_LINK_ENTRIES;
	assert_why(SAMPLE_FILE, "empty entry in a link");
}

static void test_link_checksum(void **state)
{
	const char *why;

	(void)state;
	link2->entry[PRAM_LINK_ENTRIES - 1] ^= 1;
	why = image_claim(&img, SAMPLE_FILE, &claimed);
	assert_string_equal(why, "checksum mismatch in a link");
	assert_int_equal(map_digest(&claimed), digest);
}

static void test_empty_entry(void **state)
{
	(void)state;
	link1->entry[5] = 0;
	assert_why(SAMPLE_FILE, "empty entry in a link");
	link1->entry[5] = pram_entry_hole(0);
	assert_why(SAMPLE_FILE, "empty entry in a link");
	link1->entry[5] = pram_entry(0, 3, 7, 1);
	assert_why(SAMPLE_FILE, "empty entry in a link");
}

static void test_link_loop(void **state)
{
	(void)state;
	link2->link_pfn = SAMPLE_FILE + 1;
	assert_why(SAMPLE_FILE, "a page of it is named twice");
	link2->link_pfn = SAMPLE_FILE + 2;
	assert_why(SAMPLE_FILE, "a page of it is named twice");
	link2->link_pfn = SAMPLE_FILE;
	assert_why(SAMPLE_FILE, "a page of it is named twice");
	link1->link_pfn = SAMPLE_FILE + 1;
	assert_why(SAMPLE_FILE, "a page of it is named twice");
}

/* A link that belongs to another node, which is claimed before or not. */
static void test_link_of_other(void **state)
{
	(void)state;
	link2->link_pfn = SAMPLE_BYTES + 1;
	assert_why(SAMPLE_FILE, "a page of it is named twice");
	link2->link_pfn = SAMPLE_PAGES + 1;
	assert_why(SAMPLE_FILE, "a folio is not aligned");
	file->type = PRAM_NODE_PAGES;
	assert_why(SAMPLE_FILE, "node and links disagree on the number of pages");
	link2->link_pfn = img.map.slot[0].pfn;
	assert_why(SAMPLE_FILE, "a page of it is named twice");
}

static void test_link_not_preserved(void **state)
{
	(void)state;
	link1->link_pfn = 150;
	assert_why(SAMPLE_FILE, "a page of it was not preserved");
	link1->link_pfn = IMAGE_SLOTS * PRAM_LEAF_BITS + 5;
	assert_why(SAMPLE_FILE, "a page of it was not preserved");
	link1->link_pfn = ~0ULL;
	assert_why(SAMPLE_FILE, "a page of it was not preserved");
}

/* An entry, at each position of the node, that refers to a page of something else. */
static void test_entry_taken(void **state)
{
	static const struct { u64 pfn; unsigned int order, nr; } taken[] = {
		{ SAMPLE_FILE, 0, 1 }, { SAMPLE_FILE + 1, 0, 1 }, { 1010, 0, 1 },
		{ SAMPLE_BYTES, 0, 2 }, { IMAGE_SB, 0, 1 },
		{ PRAM_LEAF_BITS + 512, 9, 1 }, { PRAM_LEAF_BITS + 1023, 0, 1 },
	};
	unsigned int i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(taken); i++)
		for (k = 2; k < PRAM_LINK_ENTRIES; k += k < 5 ? 1 : 168) {
			/* the node types in which a large folio may have any position */
			file->type = PRAM_NODE_PAGES;
			link1->entry[k] = pram_entry(taken[i].pfn, taken[i].order,
						     taken[i].nr, 0);
			assert_why(SAMPLE_FILE, "a page of it is named twice");
			teardown(NULL);
			setup(NULL);
		}
}

/* An entry that refers to a later link of the same node: detected when that link is claimed. */
static void test_own_link_as_data(void **state)
{
	(void)state;
	link1->entry[9] = pram_entry(SAMPLE_FILE + 2, 0, 1, 0);
	assert_why(SAMPLE_FILE, "a page of it is named twice");
}

static void test_entry_not_preserved(void **state)
{
	static const u64 bad[] = {
		150, 16385, 2 * PRAM_LEAF_BITS + 5, IMAGE_MAX_PFN,
		IMAGE_SLOTS * PRAM_LEAF_BITS - 1, IMAGE_SLOTS * PRAM_LEAF_BITS,
		PRAM_ENTRY_PFN_MAX,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		link1->entry[20] = pram_entry(bad[i], 0, 1, 0);
		assert_why(SAMPLE_FILE, "a page of it was not preserved");
	}
	/* the first page is preserved, a later one is not */
	link1->entry[20] = pram_entry(1001, 0, 6, 0);
	assert_why(SAMPLE_FILE, "a page of it was not preserved");
	link1->entry[20] = pram_entry(1001, 0, PRAM_ENTRY_NR_MAX, 0);
	assert_why(SAMPLE_FILE, "a page of it was not preserved");
}

static void test_order(void **state)
{
	struct pram_link *link = sim_page(SAMPLE_PAGES + 1);
	u64 order;

	(void)state;
	for (order = PRAM_FOLIO_ORDER_MAX + 1; order <= PRAM_ENTRY_ORDER_MAX; order++) {
		link->entry[2] = pram_entry(1 << 15, (unsigned int)order, 1, 0);
		assert_why(SAMPLE_PAGES, "a folio is too large");
	}
	link->entry[2] = pram_entry(4096 + 1, 1, 1, 0);
	assert_why(SAMPLE_PAGES, "a folio is not aligned");
	link->entry[2] = pram_entry(4096 + 512, 10, 1, 0);
	assert_why(SAMPLE_PAGES, "a folio is not aligned");
}

/* In shmem, the position of a large folio must be a multiple of its size. */
static void test_position(void **state)
{
	(void)state;
	link1->entry[0] = pram_entry_hole(511);
	assert_why(SAMPLE_FILE, "a folio is not aligned");
	link1->entry[0] = pram_entry_hole(256);
	assert_why(SAMPLE_FILE, "a folio is not aligned");
	link1->entry[0] = pram_entry_hole(512);
	link2->entry[0] = pram_entry_hole(3);
	assert_why(SAMPLE_FILE, "a folio is not aligned");
	link2->entry[0] = pram_entry_hole(12);
	assert_good(SAMPLE_FILE);
}

/* Positions that do not fit into a loff_t. */
static void test_length(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 2; i < PRAM_LINK_ENTRIES; i++)
		link1->entry[i] = pram_entry_hole(PRAM_ENTRY_PFN_MAX);
	file->nr_pages -= 508;
	file->nr_folios -= 508;
	assert_good(SAMPLE_FILE);
	pram_map_clear(&claimed, SAMPLE_FILE, 3);
	pram_map_clear(&claimed, PRAM_LEAF_BITS + 512, 1024);
	pram_map_clear(&claimed, 20480, 24);
	assert_int_equal(map_digest(&claimed), digest);

	/* 2^51 pages are 2048 such holes */
	for (i = 0; i < PRAM_LINK_ENTRIES; i++)
		link2->entry[i] = pram_entry_hole(PRAM_ENTRY_PFN_MAX);
	link2->nr = PRAM_LINK_ENTRIES;
	for (i = 0; i < 3; i++) {
		struct pram_link *link = image_link(&img, file, 600 + i);

		memcpy(link->entry, link2->entry, sizeof(link->entry));
		link->nr = PRAM_LINK_ENTRIES;
	}
	assert_why(SAMPLE_FILE, "longer than a file can be");
}

static void test_bytes(void **state)
{
	struct pram_node *node = image_node(&img, 700, PRAM_NODE_BYTES, "b");
	struct pram_link *link = image_link(&img, node, 701);

	(void)state;
	image_add(&img, node, pram_entry(24576, 1, 2, 0));
	node->data_len = 4 * SIM_PAGE;
	assert_why(700, "a byte stream is not of single pages");
	link->entry[0] = pram_entry(24576, 0, 4, 0);
	link->entry[1] = pram_entry_hole(1);
	link->nr = 2;
	node->nr_folios = 4;
	assert_why(700, "a byte stream is not of single pages");
	link->nr = 1;
	assert_good(700);
}

/* An empty link, which was allocated for an entry that was never added. */
static void test_empty_link(void **state)
{
	(void)state;
	image_link(&img, file, 600);
	image_link(&img, file, 601);
	assert_good(SAMPLE_FILE);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_link_count), T(test_link_checksum), T(test_empty_entry),
		T(test_link_loop), T(test_link_of_other), T(test_link_not_preserved),
		T(test_entry_taken), T(test_own_link_as_data),
		T(test_entry_not_preserved), T(test_order), T(test_position),
		T(test_length), T(test_bytes), T(test_empty_link),
	};

	return run_group("node claim", tests);
}
