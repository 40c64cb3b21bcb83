// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map that an earlier kernel left: each kind of damage is detected and named,
 * also if the checksums are correct.
 */
#include <linux/bitops.h>
#include <linux/crc32.h>
#include <string.h>

#include "image.h"
#include "sim.h"
#include "test.h"

static struct image img;

static int setup(void **state)
{
	(void)state;
	image_sample(&img);
	sim_freeze(true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	image_exit(&img);
	return 0;
}

static void assert_why(const char *expected)
{
	const char *why = pram_map_check(img.sb, IMAGE_SB, &img.map);

	assert_non_null(why);
	assert_string_equal(why, expected);
}

static unsigned long *leaf(u64 s)
{
	return sim_page(img.map.slot[s].pfn);
}

/* Invalid maps that a faulty kernel might have sealed with correct checksums. */
static void flip_bit(u64 pfn)
{
	u64 s = pfn / PRAM_LEAF_BITS;
	unsigned long bit = pfn % PRAM_LEAF_BITS;
	bool was = __test_and_set_bit(bit, leaf(s));

	if (was)
		__clear_bit(bit, leaf(s));
	img.map.slot[s].nr += was ? -1 : 1;
	img.map.nr_pages += was ? -1ULL : 1;
	image_seal(&img);
}

static void reseal_root(void)
{
	img.sb->map_crc = crc32_le(~0U, (const u8 *)img.map.slot,
				   img.map.nr_slots * sizeof(*img.map.slot));
	pram_sb_seal(img.sb);
}

static void test_good(void **state)
{
	(void)state;
	assert_null(pram_map_check(img.sb, IMAGE_SB, &img.map));
	assert_null(image_check(&img));
}

static void test_root(void **state)
{
	(void)state;
	img.map.slot[1].nr++;
	assert_why("checksum mismatch in the map's root");
	img.map.slot[1].nr--;
	img.sb->map_crc ^= 1;
	assert_why("checksum mismatch in the map's root");
}

static void test_leaf(void **state)
{
	(void)state;
	leaf(0)[100] ^= 1UL << 63;
	assert_why("checksum mismatch in a map leaf");
	leaf(0)[100] ^= 1UL << 63;
	img.map.slot[0].crc++;
	reseal_root();
	assert_why("checksum mismatch in a map leaf");
}

static void test_leaf_count(void **state)
{
	(void)state;
	img.map.slot[0].nr++;
	img.map.nr_pages++;
	image_seal(&img);
	assert_why("wrong count in a map slot");
	img.map.slot[0].nr -= 2;
	img.map.nr_pages -= 2;
	image_seal(&img);
	assert_why("wrong count in a map slot");
}

static void test_no_leaf_count(void **state)
{
	(void)state;
	assert_int_equal(img.map.slot[2].pfn, 0);
	img.map.slot[2].nr = 1;
	image_seal(&img);
	assert_why("wrong count in a map slot");
}

static void test_pages(void **state)
{
	(void)state;
	img.sb->nr_pages++;
	assert_why("map and super block disagree on the number of pages");
}

static void test_leaf_beyond(void **state)
{
	(void)state;
	img.map.slot[0].pfn = IMAGE_SLOTS * PRAM_LEAF_BITS;
	reseal_root();
	assert_why("map leaf beyond the end of memory");
	img.map.slot[0].pfn = ~0ULL;
	reseal_root();
	assert_why("map leaf beyond the end of memory");
}

static void test_sb_not_named(void **state)
{
	(void)state;
	flip_bit(IMAGE_SB);
	assert_why("map does not name the super block and itself");
	flip_bit(IMAGE_SB);
	assert_null(image_check(&img));
	flip_bit(IMAGE_ROOT);
	assert_why("map does not name the super block and itself");
}

static void test_leaf_not_named(void **state)
{
	(void)state;
	flip_bit(img.map.slot[0].pfn);
	assert_why("map does not name one of its leaves");
}

static void test_scratch(void **state)
{
	/* scratch[0] is in part 0, which has a leaf: set its first and last page */
	static const u64 at[] = { 512, 512 + 63 };
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		flip_bit(at[i]);
		assert_why("map names pages in scratch");
		flip_bit(at[i]);
		assert_null(image_check(&img));
	}
	flip_bit(511);
	flip_bit(512 + 64);
	assert_null(image_check(&img));
}

/* One page is used as two leaves. The check of the map does not detect it, but claiming the leaves does. */
static void test_shared_leaf(void **state)
{
	struct pram_map claimed;

	(void)state;
	img.map.slot[2] = img.map.slot[1];
	img.map.nr_pages += img.map.slot[1].nr;
	image_seal(&img);
	claimed_init(&claimed, IMAGE_SLOTS);
	assert_non_null(image_claim_own(&img, &claimed));
	claimed_exit(&claimed);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_good), T(test_root), T(test_leaf), T(test_leaf_count),
		T(test_no_leaf_count), T(test_pages), T(test_leaf_beyond),
		T(test_sb_not_named), T(test_leaf_not_named), T(test_scratch),
		T(test_shared_leaf),
	};

	return run_group("map check", tests);
}
