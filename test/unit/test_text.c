// SPDX-License-Identifier: GPL-2.0-only
/* Parsers for foreign data: the settings, the header of a kernel image, CRIU's version. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/conf.h"
#include "criu/version.h"
#include "reboot/bzimage.h"
#include "test.h"

static void test_conf(void **state)
{
	struct conf c = {};
	const char *why;

	(void)state;
	conf_defaults(&c);
	assert_int_equal(conf_parse(&c, "", &why), 0);
	assert_null(why);
	assert_string_equal(c.criu, "criu");
	assert_int_equal(c.boot_timeout_usec, 120000000);
	assert_int_equal(conf_parse(&c, "# a\n\n  Criu = /usr/sbin/criu \n"
				    "DumpTimeoutSec=60\nRestoreTimeoutSec=86400\n"
				    "BootTimeoutSec=7\nCriuLib=", &why), 0);
	assert_int_equal(c.boot_timeout_usec, 7000000);
	assert_string_equal(c.criu, "/usr/sbin/criu");
	assert_string_equal(c.criu_lib, "");
	assert_int_equal(c.dump_timeout_usec, 60000000);
	assert_int_equal(c.restore_timeout_usec, 86400000000);
}

static void test_conf_bad(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
	} bad[] = {
		{ "Criu", 1 }, { "# x\nCrui=/a\n", 2 }, { "DumpTimeoutSec=0", 1 },
		{ "\n\nDumpTimeoutSec=86401", 3 }, { "DumpTimeoutSec=-1", 1 },
		{ "DumpTimeoutSec=", 1 }, { "DumpTimeoutSec=1s", 1 }, { "=x", 1 },
		{ "JumpTimeoutSec=99999999999999999999", 1 },
	};
	struct conf c = {}, before;
	const char *why;
	char longest[600];
	unsigned int i;

	(void)state;
	conf_defaults(&c);
	before = c;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(conf_parse(&c, bad[i].text, &why), bad[i].line);
		assert_non_null(why);
		assert_memory_equal(&c, &before, sizeof(c));
	}
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, "Criu=", 5);
	longest[5 + sizeof(c.criu)] = 0;
	assert_int_equal(conf_parse(&c, longest, &why), 1);
	longest[5 + sizeof(c.criu) - 1] = 0;
	assert_int_equal(conf_parse(&c, longest, &why), 0);
	assert_int_equal(strlen(c.criu), sizeof(c.criu) - 1);
}

static uint8_t head[0x400];

static int bzimage_setup(void **state)
{
	(void)state;
	memset(head, 0, sizeof(head));
	memcpy(head + 0x1fe, "\x55\xaa", 2);
	memcpy(head + 0x202, "HdrS\x0f\x02", 6);
	memcpy(head + 0x20e, "\x80\1", 2);
	head[0x211] = 1;
	head[0x236] = 1;
	memcpy(head + 0x238, "\0\10\0\0", 4);
	memcpy(head + 0x260, "\0\0\0\2", 4);
	strcpy((char *)head + 0x380, "6.12.57 (a@b) #1 SMP");
	return 0;
}

static void test_bzimage(void **state)
{
	struct bzimage b;

	(void)state;
	assert_null(bzimage_parse(head, sizeof(head), &b));
	assert_int_equal(b.protocol, 0x020f);
	assert_int_equal(b.cmdline_size, 2048);
	assert_int_equal(b.init_size, 32 << 20);
	assert_string_equal(b.version, "6.12.57 (a@b) #1 SMP");
	/* the version string is missing or incomplete */
	assert_null(bzimage_parse(head, 0x264, &b));
	assert_string_equal(b.version, "");
	assert_null(bzimage_parse(head, 0x384, &b));
	assert_string_equal(b.version, "6.12");
	memset(head + 0x380, 'v', 0x80);
	assert_null(bzimage_parse(head, sizeof(head), &b));
	assert_int_equal(strlen(b.version), BZIMAGE_VERSION_MAX - 1);
}

static void test_bzimage_bad(void **state)
{
	static const struct {
		unsigned int off;
		uint8_t value;
	} bad[] = {
		{ 0x1fe, 0 }, { 0x202, 'h' }, { 0x207, 1 }, { 0x206, 0x0b },
		{ 0x211, 0 }, { 0x236, 0 }, { 0x239, 0 }, { 0x263, 0 },
	};
	struct bzimage b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		bzimage_setup(state);
		head[bad[i].off] = bad[i].value;
		assert_non_null(bzimage_parse(head, sizeof(head), &b));
	}
	bzimage_setup(state);
	for (i = 0; i < 0x264; i++)
		assert_non_null(bzimage_parse(head, i, &b));
}

static void test_criu_version(void **state)
{
	static const char *const fine[] = { "4.1", "4.1.1", "4.2", "4.10", "5.0", "10", "4.1-rc1" };
	static const char *const old[] = { "4.0", "4", "3.19", "3.17.1", "4.0.9" };
	char text[] = "Version: 4.1.1\nGitID: v4.1.1\n", none[] = "criu: not found\n";
	char odd[] = "Version: v4\n";
	struct reason_told told;

	(void)state;
	assert_string_equal(criu_version_parse(text), "4.1.1");
	assert_null(criu_version_parse(none));
	assert_null(criu_version_parse(odd));
	assert_false(criu_version_problem(NULL, &told));
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
		assert_false(criu_version_problem(fine[i], &told));
	for (size_t i = 0; i < ARRAY_SIZE(old); i++) {
		assert_true(criu_version_problem(old[i], &told));
		assert_string_equal(told.name, "criu-version");
		assert_non_null(strstr(told.text, old[i]));
		assert_non_null(strstr(told.text, "is too old: pram needs CRIU 4.1 or later"));
	}
}

/* The signature for EFI, in the header of the PE format at 0x40. */
static void sign(void)
{
	memcpy(head, "MZ", 2);
	head[0x3c] = 0x40;
	memcpy(head + 0x40, "PE\0\0", 4);
	memcpy(head + 0x58, "\x0b\2", 2);
	head[0x58 + 108] = 6;
	memcpy(head + 0x58 + 112 + 32, "\0\x10\0\0\0\2\0\0", 8);
}

static void test_signature(void **state)
{
	static const unsigned int broken[] = { 0, 0x3c, 0x40, 0x58, 0x58 + 108, 0x58 + 145, 0x58 + 149 };
	struct bzimage b;

	sign();
	assert_null(bzimage_parse(head, sizeof(head), &b));
	assert_int_equal(b.signature_end, 0x1200);
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		bzimage_setup(state);
		sign();
		head[broken[i]] = 0;
		assert_null(bzimage_parse(head, sizeof(head), &b));
		assert_int_equal(b.signature_end, 0);
	}
	/* headers that end behind the buffer */
	for (unsigned int at = 0x2a0; at < 0x500; at++) {
		bzimage_setup(state);
		sign();
		if (at + 4 < sizeof(head))
			memcpy(head + at, "PE\0\0", 4);
		head[0x3c] = (uint8_t)at;
		head[0x3d] = (uint8_t)(at >> 8);
		bzimage_parse(head, sizeof(head), &b);
	}
	memset(head + 0x3c, 0xff, 4);
	assert_null(bzimage_parse(head, sizeof(head), &b));
	assert_int_equal(b.signature_end, 0);
	/* no room for the sum of both numbers in 32 bits */
	bzimage_setup(state);
	sign();
	memset(head + 0x58 + 112 + 32, 0xff, 8);
	assert_null(bzimage_parse(head, sizeof(head), &b));
	assert_true(b.signature_end == 2 * 0xffffffffULL);
}

static void test_release(void **state)
{
	static const struct {
		const char *version, *release;
	} cases[] = {
		{ "6.12.57+deb13-amd64 (a@b) #1", "6.12.57+deb13-amd64" },
		{ "6.12", "6.12" },
		{ "../../etc/x (a@b)", "" },
		{ "6/12", "" },
		{ " 6.12", "" },
		{ "", "" },
	};
	struct bzimage b;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		strcpy((char *)head + 0x380, cases[i].version);
		assert_null(bzimage_parse(head, sizeof(head), &b));
		assert_string_equal(b.release, cases[i].release);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conf), cmocka_unit_test(test_conf_bad),
		cmocka_unit_test_setup(test_bzimage, bzimage_setup),
		cmocka_unit_test(test_bzimage_bad), cmocka_unit_test(test_criu_version),
		cmocka_unit_test_setup(test_signature, bzimage_setup),
		cmocka_unit_test_setup(test_release, bzimage_setup),
	};

	return run_group("text from elsewhere", tests);
}
