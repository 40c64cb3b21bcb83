/* SPDX-License-Identifier: GPL-2.0-only */
/* Patterns for the output of other programs. They capture what it says about an object. */
#ifndef PRAM_CRIU_LOG_MATCH_H
#define PRAM_CRIU_LOG_MATCH_H

#include <stdbool.h>

#include "reasons.h"

/*
 * Returns true if @text begins with @pattern. In @pattern
 *
 *	{pid} {fd}	match decimal numbers, which are stored in @o;
 *	{path}		matches any text up to the last occurrence of the literal text that
 *			follows in the pattern, or the rest of @text if none follows; it is
 *			stored in @o;
 *	{*}		matches any text up to the first such occurrence; it is ignored;
 *	$		at the end of the pattern matches the end of @text.
 *
 * A hostile program may have chosen @text, so the run time is linear in its length. @o is changed
 * only if the whole pattern matches.
 */
bool log_match(const char *pattern, const char *text, struct reason_object *o);

#endif /* PRAM_CRIU_LOG_MATCH_H */
