// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map that keeps itself: its leaves are in the memory that it describes, so their
 * bits need leaves as well.
 */
#include <errno.h>
#include <string.h>

#include "sim.h"
#include "test.h"

#define SLOTS	1024
#define LEAF	PRAM_LEAF_BITS
#define END	(SLOTS * LEAF)

static struct pram_slot slot[SLOTS];
static struct pram_map map;

static int setup(void **state)
{
	(void)state;
	memset(slot, 0, sizeof(slot));
	map = (struct pram_map){
		.slot = slot, .nr_slots = SLOTS, .keeps_itself = true,
	};
	sim_init(END);
	return 0;
}

/* Every test clears the bits that it has set. */
static int teardown(void **state)
{
	static const struct pram_slot none[SLOTS];

	(void)state;
	assert_int_equal(map.nr_pages, 0);
	assert_int_equal(sim_leaves(), 0);
	assert_memory_equal(slot, none, sizeof(slot));
	sim_exit();
	return 0;
}

static void test_own_block(void **state)
{
	static const u64 at[] = { 77 };

	(void)state;
	sim_script(at, 1);
	assert_int_equal(pram_map_set(&map, 5, 2), 0);
	assert_int_equal(slot[0].pfn, 77);
	assert_int_equal(slot[0].nr, 3);
	assert_int_equal(map.nr_pages, 3);
	assert_true(pram_map_test(&map, 77));
	assert_int_equal(pram_map_set(&map, 77, 1), -EEXIST);
	pram_map_clear(&map, 5, 1);
	assert_int_equal(sim_leaves(), 1);
	pram_map_clear(&map, 6, 1);
}

static void test_other_block(void **state)
{
	static const u64 at[] = { LEAF + 77, LEAF + 78 };

	(void)state;
	sim_script(at, 2);
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	assert_int_equal(slot[0].pfn, LEAF + 77);
	assert_int_equal(slot[1].pfn, LEAF + 78);
	assert_int_equal(slot[1].nr, 2);
	assert_int_equal(map.nr_pages, 3);
	pram_map_clear(&map, 5, 1);
}

/* The leaf of block n is in block n + 1; the leaf of the last block is in that block itself. */
static u64 chain_at;

static u64 chain_place(void)
{
	u64 pfn = chain_at;

	chain_at += chain_at + LEAF < END ? LEAF : 1;
	return pfn;
}

static void chain_start(void)
{
	chain_at = LEAF + 9;
	sim_place(chain_place);
}

static void test_chain(void **state)
{
	u64 s;

	(void)state;
	chain_start();
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	assert_int_equal(sim_leaves(), SLOTS);
	assert_int_equal(map.nr_pages, SLOTS + 1);
	for (s = 0; s < SLOTS; s++) {
		assert_true(pram_map_test(&map, slot[s].pfn));
		assert_int_equal(slot[s].nr, s == SLOTS - 1 ? 2 : 1);
	}
	pram_map_clear(&map, 5, 1);
}

static void test_chain_enomem(void **state)
{
	u64 nth;

	(void)state;
	for (nth = 1; nth <= SLOTS; nth += nth < 5 || nth > SLOTS - 5 ? 1 : 97) {
		chain_start();
		sim_fail_at(nth);
		assert_int_equal(pram_map_set(&map, 5, 1), -ENOMEM);
		assert_int_equal(map.nr_pages, 0);
		assert_int_equal(sim_leaves(), 0);
	}
}

/*
 * The use of stack does not depend on the length of the chain: a kernel stack has
 * 16 KiB, and an allocator may place a hundred leaves in a hundred blocks.
 */
static uintptr_t stack_min;

static u64 deep_place(void)
{
	char here;
	uintptr_t at = (uintptr_t)&here;

	if (at < stack_min)
		stack_min = at;
	return chain_place();
}

static void test_chain_stack(void **state)
{
	uintptr_t first;

	(void)state;
	stack_min = UINTPTR_MAX;
	chain_at = END - LEAF + 9;
	sim_place(deep_place);
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	first = stack_min;
	pram_map_clear(&map, 5, 1);
	chain_start();
	sim_place(deep_place);
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	assert_true(first - stack_min < 2048);
	pram_map_clear(&map, 5, 1);
}

/* Two leaves, each in the block of the other, must not keep each other allocated. */
static void test_ring(void **state)
{
	static const u64 at[] = { LEAF + 7, 7 };
	static const u64 at3[] = { LEAF + 7, 2 * LEAF + 7, 7 };

	(void)state;
	sim_script(at, 2);
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	assert_int_equal(map.nr_pages, 3);
	pram_map_clear(&map, 5, 1);
	assert_int_equal(sim_leaves(), 0);

	sim_script(at3, 3);
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	assert_int_equal(pram_map_set(&map, LEAF + 5, 1), 0);
	assert_int_equal(map.nr_pages, 5);
	pram_map_clear(&map, 5, 1);
	assert_int_equal(sim_leaves(), 3);
	pram_map_clear(&map, LEAF + 5, 1);
}

/* A ring of leaves that exists only because of a third leaf is freed together with that leaf. */
static void test_ring_tail(void **state)
{
	static const u64 at[] = { LEAF + 7, 2 * LEAF + 7, LEAF + 8 };

	(void)state;
	sim_script(at, 3);
	assert_int_equal(pram_map_set(&map, 5, 1), 0);
	assert_int_equal(sim_leaves(), 3);
	pram_map_clear(&map, 5, 1);
}

/* A failure in a later part frees the rings of the earlier parts. */
static void test_range_enomem(void **state)
{
	static const u64 at[] = { LEAF + 7, 7, 3 * LEAF + 7, 2 * LEAF + 7 };
	u64 nth;

	(void)state;
	for (nth = 1; nth <= 4; nth++) {
		sim_script(at, 4);
		sim_fail_at(nth);
		assert_int_equal(pram_map_set(&map, LEAF - 1, 1), nth > 2 ? 0 :
				 -ENOMEM);
		if (nth > 2)
			pram_map_clear(&map, LEAF - 1, 1);
		assert_int_equal(sim_leaves(), 0);

		sim_script(at, 4);
		sim_fail_at(nth);
		assert_int_equal(pram_map_set(&map, LEAF + 8, LEAF), -ENOMEM);
		assert_int_equal(sim_leaves(), 0);
		assert_int_equal(map.nr_pages, 0);
	}
}

/* The page from the allocator may be beyond the end of the map, if it is hotplugged memory. */
static void test_leaf_beyond(void **state)
{
	static const u64 at[] = { END }, late[] = { LEAF + 7, END };

	(void)state;
	sim_init(2 * END);
	sim_script(at, 1);
	assert_int_equal(pram_map_set(&map, 5, 1), -ERANGE);
	sim_script(late, 2);
	assert_int_equal(pram_map_set(&map, 5, 1), -ERANGE);
}

/* A combination: all leaves of a wide range are in one block. */
static void test_wide(void **state)
{
	(void)state;
	assert_int_equal(pram_map_set(&map, LEAF / 2, 100 * LEAF), 0);
	assert_int_equal(sim_leaves(), 102);
	assert_int_equal(map.nr_pages, 100 * LEAF + 102);
	assert_int_equal(slot[SLOTS - 1].nr, 102);
	pram_map_clear(&map, LEAF / 2, 50 * LEAF);
	assert_int_equal(sim_leaves(), 52);
	pram_map_clear(&map, LEAF / 2, 100 * LEAF);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_own_block), T(test_other_block), T(test_chain),
		T(test_chain_enomem), T(test_chain_stack), T(test_ring),
		T(test_ring_tail), T(test_range_enomem), T(test_leaf_beyond),
		T(test_wide),
	};

	return run_group("map that keeps itself", tests);
}
