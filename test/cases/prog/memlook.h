/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the memory of a process from outside. */
#ifndef TEST_CASES_PROG_MEMLOOK_H
#define TEST_CASES_PROG_MEMLOOK_H

#include <sys/types.h>

/* What the kernel reports about the mappings of the test kinds, to be compared before and after. On the heap. */
char *describe(pid_t pid);

/* Ends the program unless the two are equal. Frees both. */
void same(const char *when, char *before, char *after);

/* Checks the contents of all mappings while they are mappings of the node. */
void peek(pid_t pid);

#endif
