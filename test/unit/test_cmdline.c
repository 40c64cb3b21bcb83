// SPDX-License-Identifier: GPL-2.0-only
/* Makes the command line of the next kernel from that of the running one. */
#include <errno.h>
#include <stdlib.h>

#include "reboot/command_line.h"
#include "test.h"

static const struct {
	const char *running, *append, *next;
} cases[] = {
	{ "", NULL, "nokaslr pram=abc" },
	{ "ro quiet", "", "ro quiet nokaslr pram=abc" },
	{ "BOOT_IMAGE=/vmlinuz-6.12 root=/dev/vda ro\n", NULL,
	  "root=/dev/vda ro nokaslr pram=abc" },
	/* every old pram= is removed */
	{ "pram=1 ro pram=2", NULL, "ro nokaslr pram=abc" },
	{ "ro nokaslr pram=1", NULL, "ro nokaslr pram=abc" },
	/* but not words that only begin like it */
	{ "pram_scratch=512M pramx=1 initrd=a", NULL,
	  "pram_scratch=512M pramx=1 nokaslr pram=abc" },
	{ "ro", "pram=7 quiet", "ro quiet nokaslr pram=abc" },
	/* The kernel takes a quote off the front of a word. */
	{ "\"pram=1\" ro", "\"pram=2\"", "ro nokaslr pram=abc" },
	{ "\"root=/dev/a b\"", "root=/dev/c", "root=/dev/c nokaslr pram=abc" },
	{ "pram", "pram=", "nokaslr pram=abc" },
	/* the user's words replace words with the same key */
	{ "console=tty0 console=ttyS0 root=/dev/vda", "console=ttyS1",
	  "root=/dev/vda console=ttyS1 nokaslr pram=abc" },
	{ "a-b=1 c", "a_b=2", "c a_b=2 nokaslr pram=abc" },
	{ "a=1", "a=2 a=3", "a=2 a=3 nokaslr pram=abc" },
	{ "debug", "debug=1", "debug=1 nokaslr pram=abc" },
	/* white space in quotes */
	{ "dyndbg=\"file a +p; file b +p\" ro", NULL,
	  "dyndbg=\"file a +p; file b +p\" ro nokaslr pram=abc" },
	{ "x=\"pram=5 y\"", NULL, "x=\"pram=5 y\" nokaslr pram=abc" },
	{ "ro", "x=\"a b\"", "ro x=\"a b\" nokaslr pram=abc" },
	/* words for init, after -- */
	{ "ro -- single pram=9", NULL, "ro nokaslr pram=abc -- single pram=9" },
	{ "ro", "quiet -- single", "ro quiet nokaslr pram=abc -- single" },
	{ "ro -- a", "-- b", "ro nokaslr pram=abc -- b" },
	{ "ro --", NULL, "ro nokaslr pram=abc" },
	{ "  ro \t quiet  ", "  x ", "ro quiet x nokaslr pram=abc" },
};

static void test_cases(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char *next, *again;

		assert_int_equal(cmdline_next(cases[i].running, cases[i].append, 0xabc,
					      &next), 0);
		assert_string_equal(next, cases[i].next);
		/* the boot after that */
		assert_int_equal(cmdline_next(next, NULL, 0xabc, &again), 0);
		assert_string_equal(again, next);
		free(next);
		free(again);
	}
}

static void test_pfn(void **state)
{
	char *next;

	(void)state;
	assert_int_equal(cmdline_next("", NULL, UINT64_MAX, &next), 0);
	assert_string_equal(next, "nokaslr pram=ffffffffffffffff");
	free(next);
}

static void test_open_quote(void **state)
{
	char *next = NULL;

	(void)state;
	assert_int_equal(cmdline_next("ro", "x=\"a b", 1, &next), -EINVAL);
	assert_int_equal(cmdline_next("ro", "\"", 1, &next), -EINVAL);
}

/* If the running command line ends inside a quote, the appended words must not become part of it. */
static void test_open_quote_before(void **state)
{
	unsigned int quotes = 0;
	char *next = NULL;
	const char *s;

	(void)state;
	if (cmdline_next("ro x=\"a b", NULL, 1, &next) < 0)
		return;
	for (s = next; *s; s++)
		quotes += *s == '"';
	free(next);
	assert_int_equal(quotes % 2, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases), cmocka_unit_test(test_pfn),
		cmocka_unit_test(test_open_quote),
		cmocka_unit_test(test_open_quote_before),
	};

	return run_group("command line", tests);
}
