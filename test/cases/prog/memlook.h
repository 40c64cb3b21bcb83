/* SPDX-License-Identifier: GPL-2.0-only */
/* What others see of a process's memory. */
#ifndef TEST_CASES_PROG_MEMLOOK_H
#define TEST_CASES_PROG_MEMLOOK_H

#include <sys/types.h>

/* What the kernel says of the mappings of our kinds: it must be the same before and after. On the heap. */
char *describe(pid_t pid);

/* Ends the program unless they are equal; frees both. */
void same(const char *when, char *before, char *after);

/* All that the mappings show while they are the node's is what was there. */
void peek(pid_t pid);

#endif
