// SPDX-License-Identifier: GPL-2.0-only
/* The page of a node, and the pages that valid nodes claim. */
#include <string.h>

#include "image.h"
#include "sim.h"
#include "test.h"

/* All nodes in the order of the list: every preserved page is claimed exactly once. */
static void test_good(void **state)
{
	static const u64 at[] = {
		SAMPLE_PAGES, SAMPLE_BYTES, SAMPLE_FILE, SAMPLE_EMPTY,
	};
	static const u64 pages[] = {
		2 + 5 + 16 + 1024 + PRAM_ENTRY_NR_MAX + 32, 2 + 3,
		3 + 1024 + 508 + 24, 1,
	};
	u64 sum = 0, pfn = sample.sb->node_pfn, end = IMAGE_SLOTS * PRAM_LEAF_BITS;
	unsigned int i;

	(void)state;
	assert_null(image_check(&sample));
	assert_null(image_claim_own(&sample, &sample_claimed));
	sum = sample_claimed.nr_pages;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(pfn, at[i]);
		assert_null(image_claim(&sample, pfn, &sample_claimed));
		sum += pages[i];
		assert_int_equal(sample_claimed.nr_pages, sum);
		pfn = ((struct pram_node *)sim_page(pfn))->node_pfn;
	}
	assert_int_equal(pfn, 0);
	assert_int_equal(sample_claimed.nr_pages, sample.map.nr_pages);
	for (pfn = 0; pfn < end; pfn++)
		assert_int_equal(pram_map_test(&sample_claimed, pfn),
				 pram_map_test(&sample.map, pfn));
}

/* Nodes can be claimed in any order, but only once. */
static void test_twice(void **state)
{
	const char *why;
	u32 digest;

	(void)state;
	assert_null(image_claim(&sample, SAMPLE_FILE, &sample_claimed));
	assert_null(image_claim(&sample, SAMPLE_PAGES, &sample_claimed));
	digest = map_digest(&sample_claimed);
	why = image_claim(&sample, SAMPLE_FILE, &sample_claimed);
	assert_non_null(why);
	assert_string_equal(why, "a page of it is named twice");
	assert_int_equal(map_digest(&sample_claimed), digest);
}

struct field {
	u64 node;
	size_t off, size;
	u64 value;
	const char *why;
};

#define F(node, field, value, why)					\
	{ SAMPLE_##node, offsetof(struct pram_node, field),		\
	  sizeof(((struct pram_node *)NULL)->field), value, why }

#define COUNTS	"node and links disagree on the number of pages"

static const struct field fields[] = {
	F(PAGES, magic, 0, "not a node"),
	F(PAGES, magic, PRAM_SB_MAGIC, "not a node"),
	F(PAGES, flags, 1, "unknown type or flags"),
	F(FILE, flags, PRAM_MM_MDWE, "unknown type or flags"),
	F(PAGES, type, PRAM_NODE_MEMORY + 1, "unknown type or flags"),
	F(PAGES, type, ~0U, "unknown type or flags"),
	F(PAGES, name[0], 0, "bad name"),
	F(BYTES, data_len, 0, "length and number of pages disagree"),
	F(BYTES, data_len, 2 * SIM_PAGE, "length and number of pages disagree"),
	F(BYTES, data_len, 3 * SIM_PAGE, NULL),
	F(BYTES, data_len, 3 * SIM_PAGE + 1, "length and number of pages disagree"),
	F(BYTES, data_len, ~0ULL, "length and number of pages disagree"),
	F(BYTES, nr_pages, 2, "length and number of pages disagree"),
	F(EMPTY, data_len, 1, "length and number of pages disagree"),
	F(FILE, data_len, ~0ULL >> 1, NULL),
	F(FILE, data_len, ~0ULL, "longer than a file can be"),
	F(FILE, data_len, 1ULL << 63, "longer than a file can be"),
	F(PAGES, nr_pages, 0, COUNTS),
	F(PAGES, nr_pages, ~0ULL, COUNTS),
	F(PAGES, nr_folios, 0, COUNTS),
	F(PAGES, nr_links, 0, COUNTS),
	F(PAGES, nr_links, 2, COUNTS),
	F(EMPTY, nr_links, 1, COUNTS),
	F(EMPTY, nr_folios, 1, COUNTS),
	F(PAGES, link_pfn, 0, COUNTS),
	F(PAGES, link_pfn, 150, "a page of it was not preserved"),
	F(PAGES, link_pfn, IMAGE_MAX_PFN, "a page of it was not preserved"),
	F(PAGES, link_pfn, IMAGE_SLOTS * PRAM_LEAF_BITS,
	  "a page of it was not preserved"),
	F(PAGES, link_pfn, ~0ULL, "a page of it was not preserved"),
	F(PAGES, link_pfn, SAMPLE_PAGES, "a page of it is named twice"),
	F(PAGES, link_pfn, SAMPLE_BYTES, "checksum mismatch in a link"),
	F(PAGES, link_pfn, IMAGE_SB, "checksum mismatch in a link"),
};

static void test_fields(void **state)
{
	u8 saved[SIM_PAGE];
	u32 digest;
	unsigned int i;

	(void)state;
	/* a page is already claimed */
	assert_int_equal(pram_map_set(&sample_claimed, 7, 3), 0);
	digest = map_digest(&sample_claimed);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct field *f = &fields[i];
		u8 *page = sim_page(f->node);
		const char *why;

		memcpy(saved, page, SIM_PAGE);
		memcpy(page + f->off, &f->value, f->size);
		pram_node_page_seal((struct pram_node *)page);
		why = image_claim(&sample, f->node, &sample_claimed);
		if (f->why) {
			assert_non_null(why);
			assert_string_equal(why, f->why);
			assert_int_equal(map_digest(&sample_claimed), digest);
		} else {
			assert_null(why);
			pram_map_clear(&sample_claimed, 100, IMAGE_MAX_PFN);
		}
		memcpy(page, saved, SIM_PAGE);
	}
}

static void test_name(void **state)
{
	struct pram_node *node = sim_page(SAMPLE_EMPTY);

	(void)state;
	memset(node->name, 'x', PRAM_NAME_MAX);
	pram_node_page_seal(node);
	assert_string_equal(pram_node_check(node), "bad name");
	node->name[PRAM_NAME_MAX - 1] = 0;
	pram_node_page_seal(node);
	assert_null(pram_node_check(node));
}

static void test_unsealed(void **state)
{
	struct pram_node *node = sim_page(SAMPLE_EMPTY);

	(void)state;
	node->seals++;
	assert_string_equal(pram_node_check(node), "checksum mismatch in the node");
	memset(node, 0, SIM_PAGE);
	assert_string_equal(pram_node_check(node), "not a node");
}

/* The page of the node itself must be preserved and must not be claimed already. */
static void test_own_page(void **state)
{
	struct pram_node *node = sim_page(SAMPLE_EMPTY);

	(void)state;
	assert_int_equal(pram_map_set(&sample_claimed, SAMPLE_EMPTY, 1), 0);
	assert_string_equal(pram_node_claim(node, SAMPLE_EMPTY, &sample.map, &sample_claimed),
			    "a page of it is named twice");
	assert_string_equal(pram_node_claim(node, 150, &sample.map, &sample_claimed),
			    "a page of it was not preserved");
	assert_int_equal(sample_claimed.nr_pages, 1);
}

/* If any allocation for the claims fails, nothing is claimed. */
static void test_enomem(void **state)
{
	const char *why;
	u64 nth;

	(void)state;
	for (nth = 1;; nth++) {
		sim_fail_at(nth);
		why = image_claim(&sample, SAMPLE_FILE, &sample_claimed);
		if (!sim_failed())
			break;
		assert_string_equal(why, "no memory to check it");
		assert_int_equal(sample_claimed.nr_pages, 0);
	}
	assert_null(why);
	assert_true(nth > 2);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
	const struct CMUnitTest tests[] = {
		T(test_good), T(test_twice), T(test_fields), T(test_name),
		T(test_unsealed), T(test_own_page), T(test_enomem),
	};

	return run_group("node", tests);
}
