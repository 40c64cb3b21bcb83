/* SPDX-License-Identifier: GPL-2.0-only */
/* The reasons for CRIU's errors, by patterns of criu/log_match.h. */
#ifndef PRAM_CRIU_CRIU_PATTERNS_H
#define PRAM_CRIU_CRIU_PATTERNS_H

#include <stddef.h>

#include "reasons.h"

enum criu_pattern_flags {
	ON_DUMP = 1 << 0,
	ON_RESTORE = 1 << 1,
	OF_TASK = 1 << 2,	/* about the task that is being dumped */
	FROM_ROOT = 1 << 3,	/* CRIU prints the path without its leading slash */
	LAST = 1 << 4,		/* a consequence: used only if no other error is found */
};

struct criu_pattern {
	enum reason_id reason;
	unsigned int flags;
	const char *pattern;
};

/* In the order of comparison. The last entry has a NULL pattern. */
extern const struct criu_pattern criu_patterns[];

#endif /* PRAM_CRIU_CRIU_PATTERNS_H */
