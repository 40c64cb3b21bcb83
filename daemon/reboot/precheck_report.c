// SPDX-License-Identifier: GPL-2.0-only
/* The list of checks in the report of a kexec-reboot. */
#include <stdarg.h>
#include <stdio.h>

#include "reboot/precheck.h"
#include "pb.h"
#include "str.h"

void precheck_add(Pram__KexecReport *rep, const char *what, bool ok, const char *fmt, ...)
{
	Pram__Check *c = PB_NEW(Check);
	char buf[512];
	va_list ap;

	if (!c)
		return;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	/* It may contain what processes chose; and pramctl refuses a text that is cut in a character. */
	str_sanitize(buf);
	pb_str(&c->what, what);
	pb_str(&c->text, buf);
	pb_set(c, ok, ok);
	pb_append_msg(&rep->n_checks, &rep->checks, c);
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
