/* SPDX-License-Identifier: GPL-2.0-only */
/* Kinds of process memory: how each is created, and what it must contain later. */
#ifndef TEST_CASES_PROG_MEMKIND_H
#define TEST_CASES_PROG_MEMKIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUGE_SIZE (2ul << 20)

#define KIND_NOT_THERE	UINT64_MAX	/* not mapped */
#define KIND_MAY_BE	(UINT64_MAX - 2)	/* the pattern, or a hole */

/**
 * struct kind - one kind of memory, at its own address
 * @name: name on the command line
 * @len: size of the address range in bytes, mapped or not
 * @make: maps and fills the memory; runs in the process that owns it
 * @value: expected first word of a page: the pattern, 0 for a hole, or one of the constants above
 * @copied: number of pages that cannot be moved and may be copied; -1: any number
 * @left: PRAM_LEFT_* if the memory cannot be taken
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

/* Names of the kinds on the command line, terminated by NULL. */
extern char **names;

/* The kind that the @i-th name stands for; NULL after the last. */
const struct kind *each(unsigned int i);
const struct kind *kind_find(const char *name);
char *kind_base(const struct kind *k);
uint64_t pattern(const char *base, size_t page);
/* Returns whether the first word of the page may have this value. */
bool kind_shows(const struct kind *k, size_t page, uint64_t word);
/*
 * If set, a check also reads each page with a CPU instruction and expects SIGSEGV for unreadable pages. Programs that
 * CRIU dumps must not set this, because a signal at the wrong moment makes the dump fail.
 */
extern bool kind_touches;
/* Returns false and prints a line at the first page with wrong contents. */
bool kind_check(const struct kind *k, const char *base);
/* Writes to all writable pages and checks the result. */
bool kind_rewrite(const struct kind *k, char *base);

#endif
