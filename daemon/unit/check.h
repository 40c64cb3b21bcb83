/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What prevents keeping a unit: the parts of unit_problem() and unit_problems(), see unit/info.h.
 */
#ifndef PRAM_UNIT_CHECK_H
#define PRAM_UNIT_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "reasons.h"

struct unit_info;

/* Filled from the start. A check that finds nothing leaves its entry to the next one. */
struct unit_problems {
	struct reason_told *told;
	size_t n;
	size_t max;	/* at least 1 */
};

/* Where the next check puts its reason. Must not be called when the list is full. */
static inline struct reason_told *unit_problem_next(struct unit_problems *p)
{
	return &p->told[p->n];
}

/* Counts the reason if the check has @found one. Returns true if the list is full. */
static inline bool unit_problem_add(struct unit_problems *p, bool found)
{
	p->n += found;
	return p->n == p->max;
}

/* Checks the configuration. Returns false if there is nothing more to look for. */
bool unit_check_config(const struct unit_info *u, struct unit_problems *p);

#endif /* PRAM_UNIT_CHECK_H */
