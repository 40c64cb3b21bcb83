// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "criu/log_match.h"
#include "str.h"

#define NUMBER_MAX (1L << 30)

static bool take_number(const char **text, long *ret)
{
	char *end;
	long v;

	if (!isdigit((unsigned char)**text))
		return false;
	v = strtol(*text, &end, 10);
	if (v > NUMBER_MAX)
		return false;
	*text = end;
	*ret = v;
	return true;
}

/*
 * Finds the first, or the last, occurrence in @text of the @n bytes of @literal. If @n is 0, the
 * result is the end of @text. A "$" at the end of @literal stands for the end of @text.
 */
static const char *find(const char *text, const char *literal, size_t n, bool last)
{
	const char *found = NULL;

	if (!n)
		return text + strlen(text);
	if (literal[n - 1] == '$' && !literal[n]) {
		size_t len = strlen(text);

		n--;
		return len >= n && !memcmp(text + len - n, literal, n) ? text + len - n : NULL;
	}
	for (; *text; text++)
		if (strncmp(text, literal, n) == 0) {
			found = text;
			if (!last)
				break;
		}
	return found;
}

/*
 * Matches one {placeholder}. @name points behind the opening brace, @rest is the pattern behind
 * the closing one.
 */
static bool take(const char *name, const char *rest, const char **text, struct reason_object *o)
{
	const char *end;
	long v = 0;

	if (str_after(name, "pid}")) {
		if (!take_number(text, &v))
			return false;
		o->pid = (uint32_t)v;
		return true;
	}
	if (str_after(name, "fd}")) {
		if (!take_number(text, &v))
			return false;
		o->fd = (int)v;
		return true;
	}
	end = find(*text, rest, strcspn(rest, "{"), *name == 'p');
	if (!end)
		return false;
	if (*name == 'p')
		reason_set_path(o, *text, (size_t)(end - *text));
	*text = end;
	return true;
}

bool log_match(const char *pattern, const char *text, struct reason_object *o)
{
	struct reason_object found = *o;

	while (*pattern) {
		if (*pattern == '{') {
			const char *rest = strchr(pattern, '}') + 1;

			if (!take(pattern + 1, rest, &text, &found))
				return false;
			pattern = rest;
		} else if (*pattern == '$' && !pattern[1]) {
			if (*text)
				return false;
			pattern++;
		} else if (*pattern++ != *text++) {
			return false;
		}
	}
	*o = found;
	return true;
}
