/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages with a stamp: the contents of a page show whether it is the right page in its latest
 * state. For programs that write and check their memory in a loop.
 */
#ifndef TEST_CASES_PROG_STAMP_H
#define TEST_CASES_PROG_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Maps private anonymous memory, aligned to huge pages. */
char *stamp_map(size_t len, int flags, int advice);
/* Writes state @seq to page @page of @base. */
void stamp_write(char *base, size_t page, uint64_t seq);
bool stamp_is(const char *base, size_t page, uint64_t seq);
bool stamp_is_zero(const char *base, size_t page);
/* Checks that the page is in state @seq, and calls report_bad() if not. */
void stamp_check(const char *what, const char *base, size_t page, uint64_t seq);
void stamp_check_zero(const char *what, const char *base, size_t page);

/* Writes a line to the report file; it replaces the previous one. */
void report_to(const char *file);
void report(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Writes a line to FILE.bad and ends the program. */
_Noreturn void report_bad(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
