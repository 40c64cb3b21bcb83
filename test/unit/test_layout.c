// SPDX-License-Identifier: GPL-2.0-only
/*
 * The format: the offset of each field. If a change makes this test fail, an older
 * kernel would misread the new format: increase PRAM_VERSION and update this file.
 */
#include <linux/crc32.h>
#include <string.h>

#include "layout.h"
#include "test.h"

#define at(type, field, off) \
	assert_int_equal(offsetof(struct pram_##type, field), off)

static void test_super_block(void **state)
{
	(void)state;
	at(super_block, node_pfn, 0);
	at(super_block, magic, 8);
	at(super_block, version, 16);
	at(super_block, page_size, 20);
	at(super_block, crc, 24);
	at(super_block, nr_scratch, 28);
	at(super_block, boots, 32);
	at(super_block, map_pfn, 40);
	at(super_block, map_slots, 48);
	at(super_block, map_crc, 56);
	at(super_block, reserved, 60);
	at(super_block, nr_pages, 64);
	at(super_block, canary_pfn, 72);
	at(super_block, canary, 80);
	at(super_block, scratch, 88);
	at(super_block, release, 344);
	assert_int_equal(sizeof(struct pram_super_block), 408);
	assert_int_equal(PRAM_VERSION, 1);
	assert_memory_equal(&(u64){ PRAM_SB_MAGIC }, "PRAMSBLK", 8);
}

static void test_map(void **state)
{
	(void)state;
	at(slot, pfn, 0);
	at(slot, nr, 8);
	at(slot, crc, 12);
	assert_int_equal(sizeof(struct pram_slot), 16);
	assert_int_equal(PRAM_LEAF_BITS / 8, PRAM_ABI_PAGE_SIZE);
}

static void test_node(void **state)
{
	(void)state;
	at(node, flags, 0);
	at(node, type, 4);
	at(node, data_len, 8);
	at(node, link_pfn, 16);
	at(node, node_pfn, 24);
	at(node, name, 32);
	at(node, magic, 288);
	at(node, crc, 296);
	at(node, seals, 300);
	at(node, nr_pages, 304);
	at(node, nr_folios, 312);
	at(node, nr_links, 320);
	assert_int_equal(sizeof(struct pram_node), 328);
	at(link, link_pfn, 0);
	at(link, nr, 8);
	at(link, crc, 12);
	at(link, entry, 16);
	assert_int_equal(sizeof(struct pram_link), PRAM_ABI_PAGE_SIZE);
	assert_memory_equal(&(u64){ PRAM_NODE_MAGIC }, "PRAMNODE", 8);
}

static void entry_is(u64 e, u64 pfn, unsigned int order, unsigned int nr,
		     unsigned int flags)
{
	assert_false(pram_entry_is_hole(e));
	assert_int_equal(pram_entry_pfn(e), pfn);
	assert_int_equal(pram_entry_order(e), order);
	assert_int_equal(pram_entry_nr(e), nr);
	assert_int_equal(pram_entry_flags(e), flags);
	assert_int_equal(pram_entry_pages(e), (u64)nr << order);
}

static void test_entry(void **state)
{
	u64 e;

	(void)state;
	entry_is(pram_entry(1, 0, 1, 0), 1, 0, 1, 0);
	entry_is(pram_entry(PRAM_ENTRY_PFN_MAX, PRAM_ENTRY_ORDER_MAX,
			    PRAM_ENTRY_NR_MAX, PRAM_ENTRY_FLAGS_MAX),
		 PRAM_ENTRY_PFN_MAX, PRAM_ENTRY_ORDER_MAX, PRAM_ENTRY_NR_MAX,
		 PRAM_ENTRY_FLAGS_MAX);
	assert_int_equal(pram_entry(1, 0, 1, 0), 1);
	assert_int_equal(pram_entry(1, 2, 3, 4), 1 | 2ULL << 40 | 2ULL << 44 |
			 4ULL << 56);
	e = pram_entry_hole(PRAM_ENTRY_PFN_MAX);
	assert_true(pram_entry_is_hole(e));
	assert_int_equal(pram_entry_pages(e), PRAM_ENTRY_PFN_MAX);
	assert_int_equal(pram_entry_hole(7), 7 | 1ULL << 63);
}

/* The shim computes the same as the kernel's crc32_le(): the known check value, at once and in pieces. */
static void test_crc(void **state)
{
	const u8 *s = (const u8 *)"123456789";
	u8 long_one[100];
	u32 crc, i;

	(void)state;
	assert_int_equal(~crc32_le(~0U, s, 9), 0xcbf43926);
	assert_int_equal(crc32_le(7, s, 0), 7);
	for (i = 0; i < sizeof(long_one); i++)
		long_one[i] = (u8)(i * 37);
	crc = crc32_le(~0U, long_one, sizeof(long_one));
	for (i = 0; i < sizeof(long_one); i++)
		assert_int_equal(crc, crc32_le(crc32_le(~0U, long_one, i),
					       long_one + i, sizeof(long_one) - i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_super_block), cmocka_unit_test(test_map),
		cmocka_unit_test(test_node), cmocka_unit_test(test_entry),
		cmocka_unit_test(test_crc),
	};

	return run_group("layout", tests);
}
