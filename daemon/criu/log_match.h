/* SPDX-License-Identifier: GPL-2.0-only */
/* Patterns for lines that other programs print, and what they say about an object. */
#ifndef PRAM_CRIU_LOG_MATCH_H
#define PRAM_CRIU_LOG_MATCH_H

#include <stdbool.h>

#include "reasons.h"

/*
 * Does @text begin with @pattern, in which
 *
 *	{pid} {fd}	are decimal numbers, which are put into @o,
 *	{path}		is any text, up to the last place where what follows in the pattern is
 *			found; without anything behind it the rest of the line,
 *	{*}		is any text, up to the first such place; it is ignored,
 *	$		at the end of the pattern is the end of @text?
 *
 * Takes time in proportion to the length of @text: it may be a hostile program's. @o is changed
 * only if all matches.
 */
bool log_match(const char *pattern, const char *text, struct reason_object *o);

#endif /* PRAM_CRIU_LOG_MATCH_H */
