/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocations of this task that fail: of a kernel with fault injection. */
#ifndef TEST_CASES_PROG_INJECT_H
#define TEST_CASES_PROG_INJECT_H

#include <stdbool.h>

/* Before the first fault: to open a file would use one up. Fails without fault injection. */
void fail_nth_open(void);

/* From now on the @n-th allocation of this task fails; 0: none. */
void fail_nth(int n);

/* Ends that; was there an @n-th allocation? */
bool failed_nth(void);

/* From now on what is set up in debugfs happens to this task, or not. */
void by_chance(bool on);

#endif
