// SPDX-License-Identifier: GPL-2.0-only
/* Where the decompressor may place a kernel for which memory is preserved. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/e820/types.h>
#include <linux/crc32.h>
#include <linux/pram_abi.h>

#include "compressed/pram.h"
#include "shim/boot/string.h"
#include "layout.h"
#include "test.h"

#define M	(1ULL << 20)

struct boot_params *boot_params_ptr;

/* As in the decompressor, the address of a page is its number times its size. */
static struct pram_super_block *sb;
static struct boot_params params;
static const char *argument;	/* the value of pram=; NULL: there is none */
static char line[32];
static struct {
	struct setup_data head;
	struct pram_setup_data data;
} passed;

int cmdline_find_option(const char *option, char *buffer, int bufsize)
{
	assert_string_equal(option, "pram");
	if (!argument)
		return -1;
	strncpy(buffer, argument, (size_t)bufsize);
	buffer[bufsize - 1] = 0;
	return (int)strlen(argument);
}

int boot_kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	char *end;

	*res = strtoul(s, &end, (int)base);
	return end == s || *end ? -EINVAL : 0;
}

static unsigned long sb_pfn(void)
{
	return (unsigned long)sb / PAGE_SIZE;
}

static int setup(void **state)
{
	(void)state;
	sb = aligned_alloc(PAGE_SIZE, PAGE_SIZE);
	memset(sb, 0, PAGE_SIZE);
	*sb = (struct pram_super_block){
		.magic = PRAM_SB_MAGIC, .version = PRAM_VERSION, .page_size = PRAM_ABI_PAGE_SIZE,
		.map_pfn = 5, .map_slots = 1, .nr_scratch = 2,
		.scratch = { { 64 * M, 64 * M }, { 512 * M, 128 * M } },
	};
	pram_sb_seal(sb);
	params = (struct boot_params){
		.e820_entries = 2,
		.e820_table = {
			{ 0, 640 << 10, E820_TYPE_RAM },
			{ (u64)(unsigned long)sb - 100, PAGE_SIZE + 100, E820_TYPE_RAM },
		},
	};
	passed.head = (struct setup_data){ .type = PRAM_SETUP_DATA, .len = sizeof(passed.data) };
	passed.data.sb_pfn = sb_pfn();
	boot_params_ptr = &params;
	snprintf(line, sizeof(line), "%lx", sb_pfn());
	argument = line;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(sb);
	return 0;
}

/* May the kernel lie at this address? */
static bool is_free(u64 address)
{
	struct mem_vector v;

	for (unsigned int i = 0; pram_kaslr_avoid(i, &v); i++)
		if (address >= v.start && address - v.start < v.size)
			return false;
	return true;
}

static void check_scratch(void)
{
	static const u64 free_at[] = { 64 * M, 128 * M - 1, 512 * M, 640 * M - 1 };
	static const u64 kept_at[] = { 0, 64 * M - 1, 128 * M, 512 * M - 1, 640 * M, 1ULL << 50 };

	for (size_t i = 0; i < ARRAY_SIZE(free_at); i++)
		assert_true(is_free(free_at[i]));
	for (size_t i = 0; i < ARRAY_SIZE(kept_at); i++)
		assert_false(is_free(kept_at[i]));
}

static void test_checksum(void **state)
{
	(void)state;
	assert_int_equal(~crc32_le(~0U, (const u8 *)"123456789", 9), 0xcbf43926);
}

static void test_none(void **state)
{
	(void)state;
	argument = NULL;
	assert_true(pram_kaslr_init());
	assert_true(is_free(0) && is_free(1ULL << 50));
	argument = "0";
	assert_true(pram_kaslr_init());
	assert_true(is_free(0));
}

static void test_command_line(void **state)
{
	(void)state;
	assert_true(pram_kaslr_init());
	check_scratch();
}

static void test_setup_data(void **state)
{
	struct setup_data other = { .type = 9, .next = (u64)(unsigned long)&passed };

	(void)state;
	argument = NULL;
	params.hdr.setup_data = (u64)(unsigned long)&other;
	assert_true(pram_kaslr_init());
	check_scratch();
}

/* An entry of another length is not ours. */
static void test_setup_data_length(void **state)
{
	(void)state;
	argument = NULL;
	passed.head.len = 4;
	params.hdr.setup_data = (u64)(unsigned long)&passed;
	assert_true(pram_kaslr_init());
	assert_true(is_free(0));
}

/* Ranges that begin at 0 or follow each other leave no empty range to avoid. */
static void test_adjacent(void **state)
{
	struct mem_vector v;
	unsigned int n = 0;

	(void)state;
	sb->scratch[0] = (struct pram_range){ 0, 64 * M };
	sb->scratch[1] = (struct pram_range){ 64 * M, 64 * M };
	pram_sb_seal(sb);
	assert_true(pram_kaslr_init());
	for (; pram_kaslr_avoid(n, &v); n++)
		assert_true(v.size);
	assert_int_equal(n, 1);
	assert_true(is_free(0) && is_free(128 * M - 1));
	assert_false(is_free(128 * M));
}

static void test_all_ranges(void **state)
{
	(void)state;
	sb->nr_scratch = PRAM_SCRATCH_MAX;
	for (unsigned int i = 0; i < PRAM_SCRATCH_MAX; i++)
		sb->scratch[i] = (struct pram_range){ (i + 1) * 16 * M, M };
	pram_sb_seal(sb);
	assert_true(pram_kaslr_init());
	for (unsigned int i = 0; i < PRAM_SCRATCH_MAX; i++) {
		assert_true(is_free((i + 1) * 16 * M));
		assert_false(is_free((i + 1) * 16 * M + M));
	}
}

/* What cannot be checked: the kernel must stay where it is. */
static void test_stays(void **state)
{
	static const char *const bad[] = { "", "x", "12 ", "-1", "fffffffffffffffffffffffff", "10000" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		argument = bad[i];
		assert_false(pram_kaslr_init());
	}
	argument = line;
	params.e820_table[1].type = E820_TYPE_RESERVED;
	assert_false(pram_kaslr_init());
	params.e820_table[1].type = E820_TYPE_RAM;
	params.e820_table[1].size--;	/* not the whole page */
	assert_false(pram_kaslr_init());
	params.e820_table[1].size++;
	sb->boots++;	/* the seal is broken */
	assert_false(pram_kaslr_init());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checksum),
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_command_line, setup, teardown),
		cmocka_unit_test_setup_teardown(test_setup_data, setup, teardown),
		cmocka_unit_test_setup_teardown(test_setup_data_length, setup, teardown),
		cmocka_unit_test_setup_teardown(test_adjacent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_ranges, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stays, setup, teardown),
	};

	return run_group("boot KASLR", tests);
}
