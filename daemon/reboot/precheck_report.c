// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>

#include "reboot/precheck_report.h"
#include "macro.h"
#include "pb.h"
#include "str.h"

__printf_like(3, 0)
static Pram__Check *add(Pram__KexecReport *rep, const char *what, const char *fmt, va_list ap)
{
	Pram__Check *c = PB_NEW(Check);
	char buf[512];

	if (!c)
		return NULL;
	vsnprintf(buf, sizeof(buf), fmt, ap);
	/*
	 * It may contain what processes chose; and pramctl refuses a text that is cut in a
	 * character.
	 */
	str_sanitize(buf);
	pb_str(&c->what, what);
	pb_str(&c->text, buf);
	return pb_append_msg(&rep->n_checks, &rep->checks, c) < 0 ? NULL : c;
}

void precheck_add(Pram__KexecReport *rep, const char *what, bool ok, const char *fmt, ...)
{
	Pram__Check *c;
	va_list ap;

	va_start(ap, fmt);
	c = add(rep, what, fmt, ap);
	va_end(ap);
	if (c)
		pb_set(c, ok, ok);
}

void precheck_warn(Pram__KexecReport *rep, const char *what, const char *fmt, ...)
{
	Pram__Check *c;
	va_list ap;

	va_start(ap, fmt);
	c = add(rep, what, fmt, ap);
	va_end(ap);
	if (!c)
		return;
	pb_set(c, ok, true);
	pb_set(c, warning, true);
}

void precheck_set_reason(Pram__KexecReport *rep, const char *reason)
{
	if (rep->n_checks)
		pb_str(&rep->checks[rep->n_checks - 1]->reason, reason);
}

const Pram__Check *precheck_failed(const Pram__KexecReport *rep)
{
	for (size_t i = 0; i < rep->n_checks; i++)
		if (!rep->checks[i]->ok)
			return rep->checks[i];
	return NULL;
}
