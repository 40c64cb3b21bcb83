/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages with a stamp: whether a page is the right one, in its latest state, can be told
 * from the page itself. For programs that write and check their memory all the time.
 */
#ifndef TEST_CASES_PROG_STAMP_H
#define TEST_CASES_PROG_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Private anonymous memory, aligned to huge pages. */
char *stamp_map(size_t len, int flags, int advice);
/* Page @page of @base is in its state @seq from now on. */
void stamp_write(char *base, size_t page, uint64_t seq);
bool stamp_is(const char *base, size_t page, uint64_t seq);
bool stamp_is_zero(const char *base, size_t page);
/* The same, and report_bad() if it is not so. */
void stamp_check(const char *what, const char *base, size_t page, uint64_t seq);
void stamp_check_zero(const char *what, const char *base, size_t page);

/* A line in a file, which each report replaces. */
void report_to(const char *file);
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A line in FILE.bad, and the end of the program. */
_Noreturn void report_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
