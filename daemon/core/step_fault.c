// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/step_fault.h"
#include "str.h"

/*
 * Copies the next field of @text into @ret and advances @text past the separator @end. An empty
 * field, or one of more than STEP_NAME_MAX bytes, is an error.
 */
static int take_field(const char **text, char end, char *ret)
{
	const char *stop = strchrnul(*text, end);
	size_t len = (size_t)(stop - *text);

	if (*stop != end || !len || len > STEP_NAME_MAX)
		return -EINVAL;
	memcpy(ret, *text, len);
	ret[len] = 0;
	*text = stop + (end ? 1 : 0);
	return 0;
}

static int parse_when(const char *word, bool *ret)
{
	*ret = str_eq(word, "after");
	return *ret || str_eq(word, "before") ? 0 : -EINVAL;
}

static int parse_kind(const char *word, enum step_fault_kind *ret)
{
	if (str_eq(word, "fail"))
		*ret = STEP_FAULT_FAIL;
	else if (str_eq(word, "stop"))
		*ret = STEP_FAULT_STOP;
	else if (str_eq(word, "hold"))
		*ret = STEP_FAULT_HOLD;
	else
		return -EINVAL;
	return 0;
}

int step_fault_parse(const char *text, struct step_fault *ret)
{
	char when[STEP_NAME_MAX + 1], kind[STEP_NAME_MAX + 1];
	struct step_fault f = {};
	int r;

	*ret = (struct step_fault){};
	r = take_field(&text, ':', f.table);
	if (!r)
		r = take_field(&text, ':', f.step);
	if (!r)
		r = take_field(&text, ':', when);
	if (!r)
		r = take_field(&text, 0, kind);
	if (!r)
		r = parse_when(when, &f.after);
	if (!r)
		r = parse_kind(kind, &f.kind);
	if (!r)
		*ret = f;
	return r;
}

int step_fault_read(struct step_fault *ret)
{
	const char *test = getenv("PRAM_TEST");
	const char *text = getenv("PRAM_TEST_STEP");

	*ret = (struct step_fault){};
	if (!test || !str_eq(test, "1") || str_empty(text))
		return 0;
	return step_fault_parse(text, ret);
}

enum step_fault_kind step_fault_fire(struct step_fault *fault, const char *table, const char *step,
				     bool after)
{
	enum step_fault_kind kind;

	if (!fault || !fault->kind || fault->after != after || !str_eq(fault->table, table) ||
	    !str_eq(fault->step, step))
		return STEP_FAULT_NONE;
	kind = fault->kind;
	fault->kind = STEP_FAULT_NONE;
	if (kind == STEP_FAULT_STOP)
		raise(SIGKILL);
	if (kind != STEP_FAULT_HOLD)
		return kind;
	raise(SIGSTOP);
	return STEP_FAULT_NONE;
}
