/* SPDX-License-Identifier: GPL-2.0-only */
/* The version of CRIU. */
#ifndef PRAM_CRIU_VERSION_H
#define PRAM_CRIU_VERSION_H

#include <stdbool.h>

#include "reasons.h"

/*
 * Finds the version, such as "4.1.1", in the output of `criu --version`. Points into @text, which
 * it modifies. NULL if there is none.
 */
const char *criu_version_parse(char *text);

/*
 * Returns true, and why in @ret, if pramd cannot work with that version. NULL, which is not known,
 * is no problem.
 */
bool criu_version_problem(const char *version, struct reason_told *ret);

#endif /* PRAM_CRIU_VERSION_H */
