/* SPDX-License-Identifier: GPL-2.0-only */
/* The headers that cmocka.h requires to be included before it. */
#ifndef TEST_TEST_H
#define TEST_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define run_group(name, tests)	\
	cmocka_run_group_tests_name(name, tests, NULL, NULL)

#endif /* TEST_TEST_H */
