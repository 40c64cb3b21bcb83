// SPDX-License-Identifier: GPL-2.0-only
/* Makes the command line of the next kernel from that of the running one. */
#include <errno.h>
#include <stdlib.h>

#include "reboot/command_line.h"
#include "test.h"

static const struct {
	const char *running, *append, *next;
} cases[] = {
	{ "", NULL, "pram=abc nokaslr" },
	{ "ro quiet", "", "ro quiet pram=abc nokaslr" },
	{ "BOOT_IMAGE=/vmlinuz-6.12 root=/dev/vda ro\n", NULL,
	  "root=/dev/vda ro pram=abc nokaslr" },
	/* every old pram= is removed */
	{ "pram=1 ro pram=2", NULL, "ro pram=abc nokaslr" },
	{ "ro pram=1 nokaslr", NULL, "ro pram=abc nokaslr" },
	/* but not words that only begin like it */
	{ "pram_scratch=512M pramx=1 initrd=a", NULL,
	  "pram_scratch=512M pramx=1 pram=abc nokaslr" },
	{ "ro", "pram=7 quiet", "ro quiet pram=abc nokaslr" },
	/* The kernel takes a quote off the front of a word. */
	{ "\"pram=1\" ro", "\"pram=2\"", "ro pram=abc nokaslr" },
	{ "\"root=/dev/a b\"", "root=/dev/c", "root=/dev/c pram=abc nokaslr" },
	{ "pram", "pram=", "pram=abc nokaslr" },
	/* the user's words replace words with the same key */
	{ "console=tty0 console=ttyS0 root=/dev/vda", "console=ttyS1",
	  "root=/dev/vda console=ttyS1 pram=abc nokaslr" },
	{ "a-b=1 c", "a_b=2", "c a_b=2 pram=abc nokaslr" },
	{ "a=1", "a=2 a=3", "a=2 a=3 pram=abc nokaslr" },
	{ "debug", "debug=1", "debug=1 pram=abc nokaslr" },
	/* white space in quotes */
	{ "dyndbg=\"file a +p; file b +p\" ro", NULL,
	  "dyndbg=\"file a +p; file b +p\" ro pram=abc nokaslr" },
	{ "x=\"pram=5 y\"", NULL, "x=\"pram=5 y\" pram=abc nokaslr" },
	{ "ro", "x=\"a b\"", "ro x=\"a b\" pram=abc nokaslr" },
	/* words for init, after -- */
	{ "ro -- single pram=9", NULL, "ro pram=abc nokaslr -- single pram=9" },
	{ "ro", "quiet -- single", "ro quiet pram=abc nokaslr -- single" },
	{ "ro -- a", "-- b", "ro pram=abc nokaslr -- b" },
	{ "ro --", NULL, "ro pram=abc nokaslr" },
	{ "  ro \t quiet  ", "  x ", "ro quiet x pram=abc nokaslr" },
};

static void test_cases(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *next, *again;

		assert_int_equal(cmdline_next(cases[i].running, cases[i].append, 0xabc, false,
					      &next), 0);
		assert_string_equal(next, cases[i].next);
		/* the boot after that */
		assert_int_equal(cmdline_next(next, NULL, 0xabc, false, &again), 0);
		assert_string_equal(again, next);
		free(next);
		free(again);
	}
}

/* The word that was added for a kernel without PRAM_KASLR is not passed on, that of the user is. */
static void test_kaslr(void **state)
{
	static const char *const lines[][2] = {
		{ "", "pram=abc" },
		{ "ro", "ro pram=abc" },
		{ "ro pram=1 nokaslr", "ro pram=abc" },
		{ "ro nokaslr pram=1", "ro nokaslr pram=abc" },
		{ "ro pram=1 quiet nokaslr", "ro quiet nokaslr pram=abc" },
		{ "ro pram=1 nokaslr -- a", "ro pram=abc -- a" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char *next;

		assert_int_equal(cmdline_next(lines[i][0], NULL, 0xabc, true, &next), 0);
		assert_string_equal(next, lines[i][1]);
		free(next);
	}
}

static void test_pfn(void **state)
{
	char *next;

	(void)state;
	assert_int_equal(cmdline_next("", NULL, UINT64_MAX, false, &next), 0);
	assert_string_equal(next, "pram=ffffffffffffffff nokaslr");
	free(next);
}

static void test_open_quote(void **state)
{
	char *next = NULL;

	(void)state;
	assert_int_equal(cmdline_next("ro", "x=\"a b", 1, false, &next), -EINVAL);
	assert_int_equal(cmdline_next("ro", "\"", 1, false, &next), -EINVAL);
}

/* If the running command line ends inside a quote, the appended words must not become part of it. */
static void test_open_quote_before(void **state)
{
	unsigned int quotes = 0;
	char *next = NULL;
	const char *s;

	(void)state;
	if (cmdline_next("ro x=\"a b", NULL, 1, false, &next) < 0)
		return;
	for (s = next; *s; s++)
		quotes += *s == '"';
	free(next);
	assert_int_equal(quotes % 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_kaslr),
		cmocka_unit_test(test_pfn),
		cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_open_quote_before),
	};

	return run_group("command line", tests);
}
