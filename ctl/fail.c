// SPDX-License-Identifier: GPL-2.0-only
/* Errors of pramctl itself, as text or as JSON. */
#include <stdarg.h>
#include <stdio.h>

#include "ctl.h"
#include "str.h"

int ctl_fail(const struct args *args, int code, const char *fmt, ...)
{
	Pram__Result result = PRAM__RESULT__INIT;
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	str_sanitize(buf);
	if (args->json) {
		pb_set(&result, code, (Pram__Code)code);
		result.message = buf;
		json_print(&result.base);
	} else {
		fprintf(stderr, "pramctl: %s\n", buf);
	}
	return code;
}

int ctl_no_memory(const struct args *args)
{
	return ctl_fail(args, PRAM__CODE__CODE_FAILED, "out of memory");
}
