// SPDX-License-Identifier: GPL-2.0-only
/* Each bit of PRAM's own pages is flipped in turn. The next kernel must detect each change. */
#include <string.h>

#include "image.h"
#include "sim.h"
#include "test.h"

static struct image img;
static struct pram_map claimed;

static int setup(void **state)
{
	(void)state;
	image_sample(&img);
	claimed_init(&claimed, IMAGE_SLOTS);
	sim_freeze(true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	claimed_exit(&claimed);
	image_exit(&img);
	return 0;
}

static const char *check_sb(void)
{
	return pram_sb_check(img.sb, IMAGE_MAX_PFN);
}

static const char *check_map(void)
{
	return pram_map_check(img.sb, IMAGE_SB, &img.map);
}

static const char *check_file(void)
{
	const char *why = image_claim(&img, SAMPLE_FILE, &claimed);

	assert_int_equal(claimed.nr_pages, 0);
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
	flip(img.map.slot[0].pfn, SIM_PAGE, false, check_map);
	flip(img.map.slot[1].pfn, SIM_PAGE, false, check_map);
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
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_super_block), T(test_root), T(test_leaf), T(test_node),
		T(test_first_link), T(test_last_link),
	};

	return run_group("flipped bits", tests);
}
