// SPDX-License-Identifier: GPL-2.0-only
/* What is seen of an initrd before the jump: its format, and that it is damaged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "reboot/initrd_format.h"
#include "test.h"

static uint8_t file[64 * 1024];
static size_t len;
static struct initrd_format format;

static int empty(void **state)
{
	(void)state;
	memset(file, 0, sizeof(file));
	len = 0;
	return 0;
}

static void put(const void *data, size_t n)
{
	assert_true(len + n <= sizeof(file));
	memcpy(file + len, data, n);
	len += n;
}

static void align(size_t to)
{
	len = (len + to - 1) / to * to;
}

static void put_entry(const char *magic, const char *name, const char *contents)
{
	char head[160];

	snprintf(head, sizeof(head), "%s%08x%08x%08x%08x%08x%08x%08zX%08x%08x%08x%08x%08zx%08x", magic,
		 1, 0100644, 0, 0, 1, 0, strlen(contents), 0, 0, 0, 0, strlen(name) + 1, 0);
	put(head, 110);
	put(name, strlen(name) + 1);
	align(4);
	put(contents, strlen(contents));
	align(4);
}

static void put_archive(void)
{
	put_entry("070701", "kernel/x86/microcode/GenuineIntel.bin", "microcode");
	put_entry("070702", "init", "#!/bin/sh");
	put_entry("070701", "TRAILER!!!", "");
}

/* a frame of two blocks, the first 1000 times the same byte, with a checksum */
static const uint8_t zstd[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x58, 0x42, 0x1f, 0, 'x', 0x21, 0, 0, 'a', 'b', 'c', 'd', 1, 2, 3, 4,
};
/* a frame without window: size of 2 bytes, id of a dictionary of 4, and one block of nothing */
static const uint8_t zstd_single[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x63, 0, 0, 1, 2, 3, 4, 1, 0, 0,
};
static const uint8_t lz4[] = {
	2, 0x21, 0x4c, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd', 2, 0x21, 0x4c, 0x18, 2, 0, 0, 0, 'e', 'f',
};

static const char *problem_of(size_t n)
{
	int fd = memfd_create("initrd", 0);
	const char *problem;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, n), n);
	problem = initrd_problem(fd, n, &format);
	close(fd);
	return problem;
}

static void test_cpio(void **state)
{
	empty(state);
	put_archive();
	assert_null(problem_of(len));
	assert_null(format.compression);
	assert_null(format.config);
	/* every shorter file is truncated: no part of it is good */
	for (size_t n = 1; n < len; n++)
		assert_non_null(problem_of(n));
	assert_string_equal(problem_of(len - 4), "truncated");
	/* padding, and a second one */
	align(512);
	put_archive();
	align(512);
	assert_null(problem_of(len));
}

static void test_empty(void **state)
{
	empty(state);
	assert_string_equal(problem_of(0), "empty");
	assert_string_equal(problem_of(4), "nothing but zeros");
	assert_string_equal(problem_of(20000), "nothing but zeros");
}

static void test_methods(void **state)
{
	static const struct {
		const char *magic, *name, *config;
	} methods[] = {
		{ "\x1f\x8b", "gzip", "RD_GZIP" }, { "BZ", "bzip2", "RD_BZIP2" },
		{ "\x5d\0", "lzma", "RD_LZMA" }, { "\xfd" "7zXZ", "xz", "RD_XZ" },
		{ "\x89LZO", "lzo", "RD_LZO" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		for (int early = 0; early < 2; early++) {
			empty(state);
			if (early)
				put_archive();
			put(methods[i].magic, strlen(methods[i].magic) + 1);
			assert_null(problem_of(len + 100));
			assert_string_equal(format.compression, methods[i].name);
			assert_string_equal(format.config, methods[i].config);
		}
	}
}

static void follow(void **state, const uint8_t *data, size_t n, const char *name)
{
	empty(state);
	put_archive();
	align(512);
	put(data, n);
	assert_null(problem_of(len));
	assert_string_equal(format.compression, name);
	for (size_t cut = 1; cut < n - 1; cut++)
		assert_string_equal(problem_of(len - cut), "truncated");
}

static void test_zstd(void **state)
{
	follow(state, zstd, sizeof(zstd), "zstd");
	follow(state, zstd_single, sizeof(zstd_single), "zstd");
	file[len - sizeof(zstd_single) + 11] = 6;
	assert_non_null(problem_of(len));
	file[len - sizeof(zstd_single) + 3] = 0;
	assert_non_null(problem_of(len));
}

static void test_lz4(void **state)
{
	empty(state);
	put(lz4, sizeof(lz4));
	assert_null(problem_of(len));
	assert_string_equal(format.compression, "lz4");
	assert_string_equal(problem_of(len - 1), "truncated");
	assert_string_equal(problem_of(9), "truncated");
	assert_string_equal(problem_of(3), "truncated");
	/* zeros after the last block */
	assert_null(problem_of(len + 16));
	file[7] = 0x7f;
	assert_non_null(problem_of(len));
	file[0] = 4;
	assert_non_null(problem_of(len));
}

static void test_corrupt(void **state)
{
	static const char corrupt[] = "corrupt: an entry of its cpio archive is not one";
	size_t second;

	empty(state);
	put("garbage!", 8);
	assert_string_equal(problem_of(len),
			    "neither a cpio archive nor compressed by a method of the kernel");
	empty(state);
	put_entry("070701", "etc", "");
	second = len;
	put_archive();
	assert_null(problem_of(len));
	file[second + 54] = 'g';	/* not a digit */
	assert_non_null(problem_of(len));
	memset(file + second + 54, 'f', 8);
	assert_string_equal(problem_of(len), "truncated");
	memset(file + second + 54, '0', 8);
	memset(file + second + 94, '0', 8);	/* no name */
	assert_string_equal(problem_of(len), corrupt);
	memset(file + second + 94, 'f', 8);
	assert_string_equal(problem_of(len), corrupt);
	memcpy(file + second, "070707", 6);
	assert_non_null(problem_of(len));
	/* garbage after a good archive, and one that is not aligned, for which the kernel does not look */
	empty(state);
	put_archive();
	put("x", 1);
	assert_non_null(problem_of(len));
	len--;
	file[len] = 0;
	len++;
	put_archive();
	assert_non_null(problem_of(len));
}

static void test_bootconfig(void **state)
{
	size_t at;

	empty(state);
	put_archive();
	at = len;
	put("a=b\n\0\0\0\0", 8);
	put("\10\0\0\0\0\1\0\0", 8);
	put("#BOOTCONFIG\n", 12);
	assert_null(problem_of(len));
	/* a size that the file does not have */
	memset(file + at + 8, 0xff, 4);
	assert_non_null(problem_of(len));
}

/* Garbage ends soon, and within the file: the sanitizers watch. */
static void test_garbage(void **state)
{
	srand(1);
	for (unsigned int round = 0; round < 3000; round++) {
		empty(state);
		if (round & 1)
			put_archive();
		if (round & 2)
			put(zstd, sizeof(zstd));
		if (round & 4)
			put(lz4, sizeof(lz4));
		len += 32;
		for (unsigned int i = 0; i < 1 + round % 7; i++)
			file[(size_t)rand() % len] = (uint8_t)rand();
		problem_of(len);
	}
	/* blocks without contents, as far as the file goes */
	empty(state);
	put(zstd, 6);
	assert_non_null(problem_of(sizeof(file)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cpio),	cmocka_unit_test(test_empty),
		cmocka_unit_test(test_methods), cmocka_unit_test(test_zstd),
		cmocka_unit_test(test_lz4),	cmocka_unit_test(test_corrupt),
		cmocka_unit_test(test_bootconfig), cmocka_unit_test(test_garbage),
	};

	return run_group("initrd", tests);
}
