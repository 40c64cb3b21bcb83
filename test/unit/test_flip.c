// SPDX-License-Identifier: GPL-2.0-only
/* Each bit of PRAM's own pages is flipped in turn. The next kernel must detect each change. */
#include <string.h>

#include "image.h"
#include "sim.h"
#include "test.h"

static const char *check_sb(void)
{
	return pram_sb_check(sample.sb, IMAGE_MAX_PFN);
}

static const char *check_map(void)
{
	return pram_map_check(sample.sb, IMAGE_SB, &sample.map);
}

static const char *check_file(void)
{
	const char *why = image_claim(&sample, SAMPLE_FILE, &sample_claimed);

	assert_int_equal(sample_claimed.nr_pages, 0);
	return why;
}

static void flip(u64 pfn, unsigned int size, bool every_bit,
		 const char *(*check)(void))
{
	u8 *page = sim_page(pfn);
	unsigned int i, bit;

	for (i = 0; i < size; i++) {
		for (bit = 0; every_bit && bit < 8; bit++) {
			page[i] ^= (u8)(1U << bit);
			if (!check())
				fail_msg("page %llu, byte %u, bit %u", pfn, i, bit);
			page[i] ^= (u8)(1U << bit);
		}
		page[i] ^= 0xff;
		if (!check())
			fail_msg("page %llu, byte %u", pfn, i);
		page[i] ^= 0xff;
	}
}

static void test_super_block(void **state)
{
	(void)state;
	flip(IMAGE_SB, SIM_PAGE, true, check_sb);
	assert_null(check_sb());
}

static void test_root(void **state)
{
	(void)state;
	flip(IMAGE_ROOT, IMAGE_SLOTS * sizeof(struct pram_slot), true, check_map);
	assert_null(check_map());
}

static void test_leaf(void **state)
{
	(void)state;
	flip(sample.map.slot[0].pfn, SIM_PAGE, false, check_map);
	flip(sample.map.slot[1].pfn, SIM_PAGE, false, check_map);
	assert_null(check_map());
}

static void test_node(void **state)
{
	(void)state;
	flip(SAMPLE_FILE, SIM_PAGE, true, check_file);
}

static void test_first_link(void **state)
{
	(void)state;
	flip(SAMPLE_FILE + 1, SIM_PAGE, false, check_file);
}

static void test_last_link(void **state)
{
	(void)state;
	flip(SAMPLE_FILE + 2, SIM_PAGE, false, check_file);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, sample_setup, sample_teardown)
	const struct CMUnitTest tests[] = {
		T(test_super_block), T(test_root), T(test_leaf), T(test_node),
		T(test_first_link), T(test_last_link),
	};

	return run_group("flipped bits", tests);
}
