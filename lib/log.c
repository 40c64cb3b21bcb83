// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "str.h"

void log_line(int priority, const char *fmt, ...)
{
	int saved = errno;
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = str_vprintf(fmt, ap);
	va_end(ap);
	if (s) {
		str_sanitize(s);	/* a name in the message must not start a line of its own */
		if (isatty(STDERR_FILENO))
			fprintf(stderr, "%s\n", s);
		else
			fprintf(stderr, "<%d>%s\n", priority, s);
		free(s);
	}
	errno = saved;
}
