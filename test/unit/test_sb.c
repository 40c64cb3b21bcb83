// SPDX-License-Identifier: GPL-2.0-only
/* The super block: everything that is not a valid, sealed super block is refused with a reason. */
#include <linux/crc32.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "sim.h"
#include "test.h"

static struct image img;

static int setup(void **state)
{
	(void)state;
	image_sample(&img);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	image_exit(&img);
	return 0;
}

static void assert_why(const char *why, const char *expected)
{
	if (!expected) {
		assert_null(why);
		return;
	}
	assert_non_null(why);
	assert_string_equal(why, expected);
}

static void test_good(void **state)
{
	(void)state;
	assert_null(pram_sb_check(img.sb, IMAGE_MAX_PFN));
	pram_sb_seal(img.sb);
	assert_null(pram_sb_check(img.sb, IMAGE_MAX_PFN));
}

static void test_no_super_block(void **state)
{
	struct pram_super_block *sb = img.sb;
	u8 *page = (u8 *)sb;
	unsigned int i;

	(void)state;
	memset(page, 0, SIM_PAGE);
	assert_why(pram_sb_check(sb, IMAGE_MAX_PFN), "not a super block");
	memset(page, 0xff, SIM_PAGE);
	assert_why(pram_sb_check(sb, IMAGE_MAX_PFN), "not a super block");
	srand(1);
	for (i = 0; i < SIM_PAGE; i++)
		page[i] = (u8)rand();
	assert_why(pram_sb_check(sb, IMAGE_MAX_PFN), "not a super block");
	/* random bytes after a correct magic number */
	sb->magic = PRAM_SB_MAGIC;
	assert_why(pram_sb_check(sb, IMAGE_MAX_PFN), "unknown format version");
	sb->version = PRAM_VERSION;
	assert_why(pram_sb_check(sb, IMAGE_MAX_PFN), "other page size");
	sb->page_size = PRAM_ABI_PAGE_SIZE;
	assert_why(pram_sb_check(sb, IMAGE_MAX_PFN),
		   "checksum mismatch, or it was never sealed");
}

/* Adopting a super block unseals it, so that it can only be used for one boot. */
static void test_unsealed(void **state)
{
	(void)state;
	img.sb->crc = 0;
	assert_why(pram_sb_check(img.sb, IMAGE_MAX_PFN),
		   "checksum mismatch, or it was never sealed");
	img.sb->magic = 0;
	assert_why(pram_sb_check(img.sb, IMAGE_MAX_PFN), "not a super block");
}

/* Invalid values of fields with a correct checksum, and the expected reasons. */
struct field {
	size_t off, size;
	u64 value;
	const char *why;
};

#define F(field, value, why)						\
	{ offsetof(struct pram_super_block, field),			\
	  sizeof(((struct pram_super_block *)NULL)->field), value, why }
#define MEM	(IMAGE_MAX_PFN * SIM_PAGE)

static const struct field fields[] = {
	F(version, 0, "unknown format version"),
	F(version, PRAM_VERSION + 1, "unknown format version"),
	F(page_size, 0, "other page size"),
	F(page_size, 16384, "other page size"),
	F(reserved, 1, "reserved field in use"),
	F(map_slots, 0, "size of the map out of bounds"),
	F(map_slots, PRAM_MAP_SLOTS_MAX + 1, "size of the map out of bounds"),
	F(map_slots, ~0ULL, "size of the map out of bounds"),
	F(map_slots, 1ULL << 60, "size of the map out of bounds"),
	F(map_slots, PRAM_MAP_SLOTS_MAX, "map beyond the end of memory"),
	F(map_pfn, 0, "map beyond the end of memory"),
	F(map_pfn, IMAGE_MAX_PFN, "map beyond the end of memory"),
	F(map_pfn, IMAGE_MAX_PFN - 1, NULL),
	F(map_pfn, ~0ULL, "map beyond the end of memory"),
	F(nr_scratch, 0, "number of scratch ranges out of bounds"),
	F(nr_scratch, PRAM_SCRATCH_MAX + 1, "number of scratch ranges out of bounds"),
	F(nr_scratch, ~0U, "number of scratch ranges out of bounds"),
	F(nr_scratch, 3, "scratch range not of whole pages"),
	F(scratch[0].base, 1, "scratch range not of whole pages"),
	F(scratch[1].size, 1, "scratch range not of whole pages"),
	F(scratch[1].size, 0, "scratch range not of whole pages"),
	F(scratch[0].size, IMAGE_SCRATCH * SIM_PAGE, "scratch ranges overlap"),
	F(scratch[1].base, 511 * SIM_PAGE, "scratch ranges overlap"),
	F(scratch[1].base, -SIM_PAGE, "scratch ranges overlap"),
	F(scratch[1].size, -SIM_PAGE, "scratch ranges overlap"),
	F(scratch[1].size, -IMAGE_SCRATCH * SIM_PAGE, "scratch ranges overlap"),
	F(scratch[1].base, MEM, "scratch range beyond the end of memory"),
	F(scratch[1].base, MEM - IMAGE_SCRATCH_NR * SIM_PAGE, NULL),
	F(scratch[1].size, 1ULL << 62, "scratch range beyond the end of memory"),
};

static void test_fields(void **state)
{
	u8 *page = (u8 *)img.sb, saved[SIM_PAGE];
	unsigned int i;

	(void)state;
	memcpy(saved, page, SIM_PAGE);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		memcpy(page + fields[i].off, &fields[i].value, fields[i].size);
		pram_sb_seal(img.sb);
		assert_why(pram_sb_check(img.sb, IMAGE_MAX_PFN), fields[i].why);
		memcpy(page, saved, SIM_PAGE);
	}
}

/* The root may extend to the end of the memory. 256 slots describe 32 GiB. */
static void test_root_at_the_end(void **state)
{
	struct pram_super_block *sb = img.sb;
	u64 end = 256 * PRAM_LEAF_BITS;

	(void)state;
	sb->map_slots = 256;
	sb->map_pfn = end - 1;
	pram_sb_seal(sb);
	assert_null(pram_sb_check(sb, end));
	sb->map_slots = 257;
	pram_sb_seal(sb);
	assert_why(pram_sb_check(sb, end), "map beyond the end of memory");
	sb->map_slots = 512;
	pram_sb_seal(sb);
	assert_why(pram_sb_check(sb, end), "map beyond the end of memory");
	sb->map_pfn = end - 2;
	pram_sb_seal(sb);
	assert_null(pram_sb_check(sb, end));
}

/* With less memory than before (mem=), scratch or the map may not exist. */
static void test_less_memory(void **state)
{
	(void)state;
	assert_why(pram_sb_check(img.sb, IMAGE_SCRATCH),
		   "scratch range beyond the end of memory");
	assert_why(pram_sb_check(img.sb, IMAGE_ROOT), "map beyond the end of memory");
	assert_why(pram_sb_check(img.sb, 0), "map beyond the end of memory");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_good), T(test_no_super_block), T(test_unsealed),
		T(test_fields), T(test_root_at_the_end), T(test_less_memory),
	};

	return run_group("super block", tests);
}
