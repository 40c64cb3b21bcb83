// SPDX-License-Identifier: GPL-2.0-only
/* Numbers, times and the names of reasons as text. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "macro.h"
#include "str.h"
#include "table.h"

/* @space and @suffix enclose the prefix, as in "1.5 MiB" or "1.5M". */
static const char *format_bytes(uint64_t bytes, const char *space, const char *suffix)
{
	static const char prefixes[] = "BKMGTPE";
	static char bufs[4][32];
	static unsigned int next;
	char *buf = bufs[next++ % ARRAY_SIZE(bufs)];
	double v = (double)bytes;
	size_t p = 0;

	for (; v >= 1024 && p + 2 < sizeof(prefixes); p++)
		v /= 1024;
	if (p)
		snprintf(buf, sizeof(bufs[0]), "%.1f%s%c%s", v, space, prefixes[p], suffix);
	else
		snprintf(buf, sizeof(bufs[0]), "%" PRIu64 "%sB", bytes, space);
	return buf;
}

const char *fmt_bytes(uint64_t bytes)
{
	return format_bytes(bytes, " ", "iB");
}

const char *fmt_size(uint64_t bytes)
{
	return format_bytes(bytes, "", "");
}

const char *fmt_time(uint64_t realtime_usec)
{
	static char buf[64];
	time_t t = (time_t)(realtime_usec / USEC_PER_SEC);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(buf, sizeof(buf), "%F %T", &tm))
		return "?";
	return buf;
}

const char *fmt_or(const char *s, const char *otherwise)
{
	return str_empty(s) ? otherwise : s;
}

const char *fmt_reason(const char *name)
{
	static char buf[128];

	if (str_empty(name))
		return "";
	snprintf(buf, sizeof(buf), " (reason: %s; see \"pramctl reasons %s\")", name, name);
	return buf;
}
