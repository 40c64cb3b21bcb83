/* SPDX-License-Identifier: GPL-2.0-only */
/* Kinds of process memory: how each is made, and what has to be in it later. */
#ifndef TEST_CASES_PROG_MEMKIND_H
#define TEST_CASES_PROG_MEMKIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUGE_SIZE (2ul << 20)

#define KIND_NOT_THERE	UINT64_MAX	/* not mapped */
#define KIND_MAY_BE	(UINT64_MAX - 2)	/* its own pattern, or a hole */

/**
 * struct kind - memory of one kind, at a place of its own
 * @name: for the command line
 * @len: bytes from its base on, mapped or not
 * @make: maps and fills it; runs in the process it is for
 * @value: what the word at a page has to be: its own pattern, 0 for a hole, or one of those below
 * @copied: pages that cannot be moved and may be copied; -1: any number
 * @left: PRAM_LEFT_* if it cannot be taken
 */
struct kind {
	const char *name;
	size_t len;
	void (*make)(char *base);
	uint64_t (*value)(const char *base, size_t page);
	long copied;
	unsigned int left;
};

extern const struct kind kinds[];

const struct kind *kind_find(const char *name);
char *kind_base(const struct kind *k);
uint64_t pattern(const char *base, size_t page);
/* may the first word of a page be this? */
bool kind_shows(const struct kind *k, size_t page, uint64_t word);
/*
 * A check reads each page by an instruction as well, and SIGSEGV tells what is not to be read. Not for
 * what CRIU dumps: a signal at the wrong moment is the end of its dump.
 */
extern bool kind_touches;
/* false, and a line, at the first page that is not what it has to be */
bool kind_check(const struct kind *k, const char *base);
/* writes to all that can be written to, and checks that too */
bool kind_rewrite(const struct kind *k, char *base);

#endif
