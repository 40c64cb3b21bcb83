// SPDX-License-Identifier: GPL-2.0-only
/* The verb reasons: explains the short names of reasons in messages. Works without pramd. */
#include <libsmartcols/libsmartcols.h>
#include <stdio.h>

#include "ctl.h"
#include "reasons.h"
#include "str.h"

static const struct column columns[] = {
	{ "NAME", "short name, as in messages", .fields = "name" },
	{ "REASON", "what it means", .fields = "sentence", .flags = SCOLS_FL_WRAP },
	{ "REMEDY", "what to do", .fields = "remedy", .flags = SCOLS_FL_WRAP },
};

const struct table reason_table = {
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.shown = "NAME,REASON,REMEDY",
};

/* Appends a reason, with its sentence in the general form. */
static int add(Pram__Result *result, enum reason_id id)
{
	Pram__Reason *msg = PB_NEW(Reason);
	struct reason_told told;

	if (!msg)
		return -1;
	reason_tell(id, NULL, &told);
	if (pb_str(&msg->name, told.name) < 0 || pb_str(&msg->sentence, told.text) < 0 ||
	    pb_str(&msg->remedy, reasons[id].remedy) < 0) {
		pb_free(msg);
		return -1;
	}
	return pb_append_msg(&result->n_reasons, &result->reasons, msg);
}

static int add_all(Pram__Result *result, const struct reason *only)
{
	int r = 0;

	for (enum reason_id id = 0; id < REASONS && !r; id++)
		if (!only || only == &reasons[id])
			r = add(result, id);
	return r;
}

int run_reasons(const struct args *args)
{
	Pram__Result *result __cleanup(pb_freep) = NULL;
	const struct reason *only = NULL;

	if (args->operands.n) {
		only = reason_find(args->operands.items[0]);
		if (!only)
			return ctl_fail(args, PRAM__CODE__CODE_NOT_FOUND,
					"no reason is called '%s'; 'pramctl reasons' lists them",
					args->operands.items[0]);
	}
	result = PB_NEW(Result);
	if (!result || add_all(result, only) < 0)
		return ctl_no_memory(args);
	pb_set(result, code, PRAM__CODE__CODE_OK);
	if (args->json)
		json_print(&result->base);
	else if (only && !args->output && !args->output_all)
		printf("Name:    %s\nReason:  %s\nRemedy:  %s\n", result->reasons[0]->name,
		       result->reasons[0]->sentence, result->reasons[0]->remedy);
	else
		table_print(args, &reason_table, NULL, 0, result->reasons, result->n_reasons);
	return PRAM__CODE__CODE_OK;
}
