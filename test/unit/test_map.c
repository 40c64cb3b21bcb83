// SPDX-License-Identifier: GPL-2.0-only
/* A preserved-page map that does not keep itself: bits and errors. */
#include <errno.h>
#include <string.h>

#include "sim.h"
#include "test.h"

#define SLOTS	4
#define LEAF	PRAM_LEAF_BITS
#define END	(SLOTS * LEAF)

static struct pram_slot slot[SLOTS];
static struct pram_map map;

static int setup(void **state)
{
	(void)state;
	memset(slot, 0, sizeof(slot));
	map = (struct pram_map){ .slot = slot, .nr_slots = SLOTS };
	sim_init(END);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pram_map_free(&map);
	sim_exit();
	return 0;
}

static void test_empty(void **state)
{
	(void)state;
	assert_false(pram_map_test(&map, 0));
	assert_false(pram_map_test(&map, END));
	assert_false(pram_map_test_all(&map, 0, 1));
	assert_int_equal(pram_map_next(&map, 0, END), END);
	assert_int_equal(pram_map_next_zero(&map, 5, END), 5);
	pram_map_clear(&map, 0, END);
	assert_int_equal(map.nr_pages, 0);
	assert_int_equal(sim_leaves(), 0);
}

/* The first and the last bits of words and leaves. */
static void test_edges(void **state)
{
	static const u64 at[] = {
		0, 1, 63, 64, LEAF - 1, LEAF, LEAF + 1, 2 * LEAF - 64,
		2 * LEAF - 1, 2 * LEAF, END - 1,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		u64 pfn = at[i];

		assert_int_equal(pram_map_set(&map, pfn, 1), 0);
		assert_true(pram_map_test(&map, pfn));
		assert_int_equal(map.nr_pages, 1);
		assert_int_equal(slot[pfn / LEAF].nr, 1);
		assert_int_equal(pram_map_next(&map, 0, END), pfn);
		assert_int_equal(pram_map_next(&map, pfn + 1, END), END);
		assert_int_equal(pram_map_next(&map, 0, pfn), pfn);
		assert_int_equal(pram_map_next_zero(&map, pfn, END), pfn + 1);
		assert_int_equal(pram_map_next_zero(&map, pfn, pfn + 1), pfn + 1);
		assert_true(pram_map_test_all(&map, pfn, 1));
		assert_false(pram_map_test_all(&map, pfn, 2));
		pram_map_clear(&map, pfn, 1);
		assert_false(pram_map_test(&map, pfn));
		assert_int_equal(map.nr_pages, 0);
		assert_int_equal(sim_leaves(), 0);
	}
}

static void test_ranges(void **state)
{
	static const struct { u64 pfn, nr; } range[] = {
		{ 0, 2 }, { 60, 8 }, { 0, LEAF }, { LEAF, LEAF }, { LEAF - 1, 2 },
		{ LEAF - 1, LEAF + 2 }, { 5, 3 * LEAF }, { 0, END }, { END - 3, 3 },
		{ 2 * LEAF - 64, 128 }, { 1, LEAF - 1 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(range); i++) {
		u64 pfn = range[i].pfn, nr = range[i].nr, end = pfn + nr;

		assert_int_equal(pram_map_set(&map, pfn, nr), 0);
		assert_int_equal(map.nr_pages, nr);
		assert_true(pram_map_test_all(&map, pfn, nr));
		assert_false(pram_map_test_all(&map, pfn, nr + 1));
		assert_int_equal(pram_map_next(&map, 0, END), pfn);
		assert_int_equal(pram_map_next_zero(&map, pfn, END), end);
		assert_int_equal(pram_map_next(&map, end, END), END);
		assert_int_equal(sim_leaves(), (end - 1) / LEAF - pfn / LEAF + 1);
		pram_map_clear(&map, pfn, nr);
		assert_int_equal(map.nr_pages, 0);
		assert_int_equal(pram_map_next(&map, 0, END), END);
		assert_int_equal(sim_leaves(), 0);
	}
}

/* Beyond the end of the map no bit is set. */
static void test_beyond(void **state)
{
	(void)state;
	assert_int_equal(pram_map_set(&map, 0, END), 0);
	assert_int_equal(pram_map_next(&map, END, END + 10), END + 10);
	assert_int_equal(pram_map_next_zero(&map, 0, END + 10), END);
	assert_int_equal(pram_map_next_zero(&map, END + 3, END + 10), END + 3);
	assert_int_equal(pram_map_next(&map, 7, 7), 7);
	assert_int_equal(pram_map_next_zero(&map, 7, 7), 7);
	assert_true(pram_map_test_all(&map, 0, END));
	assert_false(pram_map_test_all(&map, 0, END + 1));
	assert_false(pram_map_test_all(&map, 0, 0));
	assert_false(pram_map_test_all(&map, 1, ~0ULL));
	assert_false(pram_map_test_all(&map, ~0ULL, 1));
	assert_false(pram_map_test(&map, ~0ULL));
	pram_map_clear(&map, END - 1, 10);
	assert_int_equal(map.nr_pages, END - 1);
	pram_map_clear(&map, END, 10);
	assert_int_equal(map.nr_pages, END - 1);
}

static void test_erange(void **state)
{
	(void)state;
	assert_int_equal(pram_map_set(&map, END, 1), -ERANGE);
	assert_int_equal(pram_map_set(&map, END - 1, 2), -ERANGE);
	assert_int_equal(pram_map_set(&map, 0, END + 1), -ERANGE);
	assert_int_equal(pram_map_set(&map, 3, 0), -ERANGE);
	assert_int_equal(pram_map_set(&map, 3, ~0ULL), -ERANGE);
	assert_int_equal(pram_map_set(&map, ~0ULL, 1), -ERANGE);
	assert_int_equal(map.nr_pages, 0);
	assert_int_equal(sim_leaves(), 0);
}

/* If any page of the range is already set, the call fails and sets no bit. */
static void test_eexist(void **state)
{
	static const u64 way[] = {
		10, 11, LEAF - 1, LEAF, 2 * LEAF + 5, 3 * LEAF + 9,
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(way); i++) {
		assert_int_equal(pram_map_set(&map, way[i], 1), 0);
		assert_int_equal(pram_map_set(&map, 10, 3 * LEAF), -EEXIST);
		assert_int_equal(pram_map_set(&map, way[i], 1), -EEXIST);
		assert_int_equal(map.nr_pages, 1);
		assert_int_equal(sim_leaves(), 1);
		assert_int_equal(pram_map_next(&map, 0, END), way[i]);
		pram_map_clear(&map, way[i], 1);
	}
}

static void test_enomem(void **state)
{
	u64 nth;

	(void)state;
	assert_int_equal(pram_map_set(&map, 2 * LEAF + 1, 1), 0);
	for (nth = 1; nth <= 3; nth++) {
		sim_fail_at(nth);
		assert_int_equal(pram_map_set(&map, 0, 2 * LEAF + 1), nth <= 2 ?
				 -ENOMEM : 0);
		assert_int_equal(sim_failed(), nth <= 2);
		if (nth > 2)
			break;
		assert_int_equal(map.nr_pages, 1);
		assert_int_equal(sim_leaves(), 1);
		assert_int_equal(pram_map_next(&map, 0, END), 2 * LEAF + 1);
	}
	assert_int_equal(map.nr_pages, 2 * LEAF + 2);
}

/* Clearing a range with gaps counts only the bits that were set. */
static void test_clear_sparse(void **state)
{
	u64 pfn;

	(void)state;
	for (pfn = 3; pfn < END; pfn += 7)
		assert_int_equal(pram_map_set(&map, pfn, 1), 0);
	pram_map_clear(&map, LEAF / 2, 2 * LEAF);
	assert_int_equal(pram_map_next(&map, LEAF / 2, END) / (LEAF / 2), 5);
	assert_int_equal(slot[1].pfn, 0);
	assert_int_equal(sim_leaves(), 3);
	for (pfn = 3; pfn < END; pfn++)
		assert_int_equal(pram_map_test(&map, pfn), pfn % 7 == 3 &&
				 (pfn < LEAF / 2 || pfn >= LEAF / 2 * 5));
	pram_map_free(&map);
	assert_int_equal(map.nr_pages, 0);
	assert_int_equal(pram_map_next(&map, 0, END), END);
}

/* The seal covers the root and every leaf, and depends only on the contents. */
static void test_seal(void **state)
{
	u32 crc, again;

	(void)state;
	assert_int_equal(pram_map_set(&map, 1, 1), 0);
	crc = pram_map_seal(&map);
	assert_int_not_equal(slot[0].crc, 0);
	assert_int_equal(slot[1].crc, 0);
	assert_int_equal(pram_map_seal(&map), crc);
	assert_int_equal(pram_map_set(&map, 2, 1), 0);
	again = pram_map_seal(&map);
	assert_int_not_equal(again, crc);
	pram_map_clear(&map, 1, 2);
	assert_int_equal(pram_map_set(&map, LEAF + 1, 1), 0);
	assert_int_not_equal(pram_map_seal(&map), crc);
	assert_int_equal(slot[0].crc, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_empty), T(test_edges), T(test_ranges), T(test_beyond),
		T(test_erange), T(test_eexist), T(test_enomem),
		T(test_clear_sparse), T(test_seal),
	};

	return run_group("map", tests);
}
