// SPDX-License-Identifier: GPL-2.0-only
/* Strings and numbers, and the names of checkpoints. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "name.h"
#include "str.h"
#include "test.h"

static void test_u64(void **state)
{
	uint64_t v = 7;

	(void)state;
	assert_int_equal(str_u64("0", 10, &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(str_u64("18446744073709551615", 10, &v), 0);
	assert_int_equal(v, UINT64_MAX);
	assert_int_equal(str_u64("ffff", 16, &v), 0);
	assert_int_equal(v, 0xffff);
	assert_int_equal(str_u64("18446744073709551616", 10, &v), -ERANGE);
	assert_int_equal(str_u64("", 10, &v), -EINVAL);
	assert_int_equal(str_u64("-1", 10, &v), -EINVAL);
	assert_int_equal(str_u64("+1", 10, &v), -EINVAL);
	assert_int_equal(str_u64(" 1", 10, &v), -EINVAL);
	assert_int_equal(str_u64("1 ", 10, &v), -EINVAL);
	assert_int_equal(str_u64("1x", 10, &v), -EINVAL);
	assert_int_equal(str_u64("a", 10, &v), -EINVAL);
}

static void test_pid(void **state)
{
	uint32_t pid;

	(void)state;
	assert_int_equal(str_pid("1", &pid), 0);
	assert_int_equal(str_pid("4194304", &pid), 0);
	assert_int_equal(pid, 1 << 22);
	assert_int_equal(str_pid("0", &pid), -ERANGE);
	assert_int_equal(str_pid("4194305", &pid), -ERANGE);
	assert_int_equal(str_pid("4294967297", &pid), -ERANGE);
	assert_int_equal(str_pid("self", &pid), -EINVAL);
}

static void test_utf8(void **state)
{
	static const char * const good[] = {
		"", "abc", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
		"\xf4\x8f\xbf\xbf", "\xed\x9f\xbf",
	};
	static const char * const bad[] = {
		"\x80", "\xc3", "\xc3(", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
		"\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "a\xfe",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(utf8_valid(good[i], strlen(good[i])));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(utf8_valid(bad[i], strlen(bad[i])));
}

static void test_sanitize(void **state)
{
	char s[] = "a\033[1m\xc3\xa4\xff\xc2\x9b\x7f\n\xe2\x82";

	(void)state;
	str_sanitize(s);
	assert_string_equal(s, "a?[1m\xc3\xa4???????");
	assert_true(utf8_valid(s, strlen(s)));
}

static void test_trim(void **state)
{
	char a[] = " \t a b \n", b[] = "  ", c[] = "";

	(void)state;
	assert_string_equal(str_trim(a), "a b");
	assert_string_equal(str_trim(b), "");
	assert_string_equal(str_trim(c), "");
}

static void test_strbuf(void **state)
{
	struct strbuf b = {};
	char *s;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		strbuf_printf(&b, "%d,", i % 10);
	strbuf_add(&b, "xyz", 1);
	assert_int_equal(b.len, 2001);
	s = strbuf_steal(&b);
	assert_int_equal(strlen(s), 2001);
	assert_int_equal(s[2000], 'x');
	free(s);
	s = strbuf_steal(&b);
	assert_string_equal(s, "");
	free(s);
}

static char *of_len(char *buf, size_t len)
{
	memset(buf, 'n', len);
	buf[len] = 0;
	return buf;
}

static void test_name(void **state)
{
	static const char * const bad[] = {
		"", ".", "..", "a/b", "/", "-x", "a\nb", "\x7f", "a\xff", "\xc3",
	};
	static const char * const good[] = {
		"a", "redis", "...", ".hidden", "a b", "x@y:1", "\xc3\xa4", "a-",
	};
	char buf[100];
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(name_problem(bad[i]));
	assert_non_null(name_problem(NULL));
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(name_problem(good[i]));
	assert_null(name_problem(of_len(buf, NAME_LEN_MAX)));
	assert_non_null(name_problem(of_len(buf, NAME_LEN_MAX + 1)));
}

static void test_node_name(void **state)
{
	char buf[300], file[300], name[NAME_LEN_MAX + 1];
	const char *rest;

	(void)state;
	assert_int_equal(node_name("redis", "core-1.img", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "ckpt/redis/core-1.img");
	assert_true(node_split(buf, name, &rest));
	assert_string_equal(name, "redis");
	assert_string_equal(rest, "core-1.img");
	/* the kernel's PRAM_NAME_MAX allows 255 bytes */
	assert_int_equal(node_name("n", of_len(file, 248), buf, sizeof(buf)), 0);
	assert_int_equal(node_name("n", of_len(file, 249), buf, sizeof(buf)),
			 -ENAMETOOLONG);
	assert_int_equal(node_name("n", "file", buf, 11), -ENAMETOOLONG);
}

static void test_node_split(void **state)
{
	static const char * const bad[] = {
		"", "ckpt", "ckpt/", "ckpt//f", "ckpt/n", "ckpt/n/", "ckpt/n/a/b",
		"ckpt/../f", "ckpt/n/..", "ckpt/n/.", "x/n/f", " ckpt/n/f", "ckpt/-n/f",
	};
	char name[NAME_LEN_MAX + 1], node[200], buf[100];
	const char *file;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(node_split(bad[i], name, &file));
	sprintf(node, "ckpt/%s/f", of_len(buf, NAME_LEN_MAX));
	assert_true(node_split(node, name, &file));
	sprintf(node, "ckpt/%s/f", of_len(buf, NAME_LEN_MAX + 1));
	assert_false(node_split(node, name, &file));
}

static void test_scope_name(void **state)
{
	char scope[SCOPE_NAME_SIZE], other[SCOPE_NAME_SIZE], buf[100];

	(void)state;
	scope_name("redis", scope);
	assert_string_equal(scope, "pram-redis.scope");
	scope_name(".a-b c\xc3\xa4.x", scope);
	assert_string_equal(scope, "pram-\\x2ea\\x2db\\x20c\\xc3\\xa4.x.scope");
	/* too long for a unit name when escaped, but the result is still unique */
	memset(buf, ' ', NAME_LEN_MAX);
	buf[NAME_LEN_MAX] = 0;
	scope_name(buf, scope);
	buf[5] = '-';
	scope_name(buf, other);
	assert_true(strlen(scope) < 255);
	assert_string_not_equal(scope, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_u64), cmocka_unit_test(test_pid),
		cmocka_unit_test(test_utf8), cmocka_unit_test(test_sanitize),
		cmocka_unit_test(test_trim), cmocka_unit_test(test_strbuf),
		cmocka_unit_test(test_name), cmocka_unit_test(test_node_name),
		cmocka_unit_test(test_node_split), cmocka_unit_test(test_scope_name),
	};

	return run_group("strings and names", tests);
}
