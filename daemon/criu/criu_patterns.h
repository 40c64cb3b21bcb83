/* SPDX-License-Identifier: GPL-2.0-only */
/* What CRIU's errors mean: patterns as in logmatch.h for each reason. */
#ifndef PRAM_CRIU_CRIU_PATTERNS_H
#define PRAM_CRIU_CRIU_PATTERNS_H

#include <stddef.h>

#include "reasons.h"

enum criu_pattern_flags {
	ON_DUMP = 1 << 0,
	ON_RESTORE = 1 << 1,
	OF_TASK = 1 << 2,	/* printed while a task is dumped, and about that one */
	FROM_ROOT = 1 << 3,	/* the path is told without its leading slash */
	LAST = 1 << 4,		/* follows from an error that is better: only if there is none */
};

struct criu_pattern {
	enum reason_id reason;
	unsigned int flags;
	const char *pattern;
};

/* In the order in which they are tried. The last has a NULL pattern. */
extern const struct criu_pattern criu_patterns[];

#endif /* PRAM_CRIU_CRIU_PATTERNS_H */
