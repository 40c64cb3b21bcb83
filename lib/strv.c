// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "pb.h"
#include "strv.h"

void strv_free(char **v)
{
	for (char **p = v; p && *p; p++)
		free(*p);
	free(v);
}

void strv_freep(char ***v)
{
	strv_free(*v);
}

char **strv_end(char **v, size_t n, int r)
{
	char **p = r < 0 ? NULL : realloc(v, (n + 1) * sizeof(*p));

	if (p) {
		p[n] = NULL;
		return p;
	}
	for (size_t i = 0; i < n; i++)
		free(v[i]);
	free(v);
	return NULL;
}

char **strv_of(const char *first, ...)
{
	char **v = NULL;
	size_t n = 0;
	va_list ap;
	int r = 0;

	va_start(ap, first);
	for (const char *s = first; s && !r; s = va_arg(ap, const char *))
		r = pb_append_str(&n, &v, s);
	va_end(ap);
	return strv_end(v, n, r);
}
