// SPDX-License-Identifier: GPL-2.0-only
/* Messages of an operation: reasons and progress; and the listing of its table. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/job.h"
#include "core/steps.h"
#include "macro.h"
#include "reasons.h"
#include "str.h"

__attribute__((format(printf, 3, 0)))
static void set_reason(struct steps *s, Pram__Code code, const char *fmt, va_list ap)
{
	if (s->code)
		return;		/* only the first reason is kept */
	s->code = code;
	s->reason = str_vprintf(fmt, ap);
	if (s->reason)
		str_sanitize(s->reason);	/* it may contain names that processes chose */
}

void steps_error(struct steps *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(s, PRAM__CODE__CODE_FAILED, fmt, ap);
	va_end(ap);
}

void steps_error_named(struct steps *s, const char *reason_name, const char *fmt, ...)
{
	va_list ap;

	if (!s->code)
		s->reason_name = reason_name;
	va_start(ap, fmt);
	set_reason(s, PRAM__CODE__CODE_FAILED, fmt, ap);
	va_end(ap);
}

void steps_error_told(struct steps *s, const struct reason_told *told)
{
	steps_error_named(s, told->name, "%s", told->text);
}

int steps_refuse(struct steps *s, Pram__Code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(s, code, fmt, ap);
	va_end(ap);
	return -EPERM;
}

int steps_refuse_told(struct steps *s, Pram__Code code, const struct reason_told *told)
{
	if (!s->code)
		s->reason_name = told->name;
	return steps_refuse(s, code, "%s", told->text);
}

void steps_add_reason(struct steps *s, const char *fmt, ...)
{
	char *more __cleanup(freep) = NULL;
	char *all;
	va_list ap;

	va_start(ap, fmt);
	more = str_vprintf(fmt, ap);
	va_end(ap);
	all = more && s->reason ? str_printf("%s%s", s->reason, more) : NULL;
	if (!all)
		return;
	free(s->reason);
	s->reason = all;
}

void steps_message(struct steps *s, const char *fmt, ...)
{
	va_list ap;

	free(s->message);
	va_start(ap, fmt);
	s->message = str_vprintf(fmt, ap);
	va_end(ap);
}

void steps_progress(struct steps *s, const char *text, uint64_t done, uint64_t total)
{
	text = text ? text : s->table->steps[s->at].text;
	if (text)
		job_progress(s->job, s->name, text, done, total);
}

void steps_print(const struct step_table *table)
{
	static const char *const flags[] = { "commit", "no-return", "final", "may-end", "kills" };

	for (size_t i = 0; i < table->n; i++) {
		const struct step *step = &table->steps[i];

		printf("%s %s", table->name, step->name);
		for (size_t bit = 0; bit < ARRAY_SIZE(flags); bit++)
			if (step->flags & 1U << bit)
				printf(" %s", flags[bit]);
		putchar('\n');
	}
}
