/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes allocations of this task fail, in a kernel with fault injection. */
#ifndef TEST_CASES_PROG_INJECT_H
#define TEST_CASES_PROG_INJECT_H

#include <stdbool.h>

/* Call this before the first fault, because opening the file also allocates. Fails without fault injection. */
void fail_nth_open(void);

/* Makes the @n-th allocation of this task from now on fail; 0: none. */
void fail_nth(int n);

/* Turns this off. Returns whether there was an @n-th allocation. */
bool failed_nth(void);

/* Turns the faults that are configured in debugfs on or off for this task. */
void by_chance(bool on);

#endif
