// SPDX-License-Identifier: GPL-2.0-only
/* Runs a verb as a request, and prints the result as text or as JSON. */
#include <stdio.h>

#include "ctl.h"
#include "reasons.h"
#include "str.h"
#include "verb.h"

/* A hostile process may have chosen names and paths in the messages. JSON escapes them itself. */
static void sanitize(Pram__Result *result)
{
	if (result->message)
		str_sanitize(result->message);
	for (size_t i = 0; i < result->n_items; i++)
		if (result->items[i]->message)
			str_sanitize(result->items[i]->message);
}

static void print_result(const struct args *args, const Pram__Result *result)
{
	if (args->verb->print)
		args->verb->print(args, result);
	fflush(stdout);
	if (result->code) {
		fprintf(stderr, "pramctl: %s%s\n", fmt_or(result->message, "failed"),
			fmt_reason(result->reason));
		if (result->log)
			fprintf(stderr, "pramctl: see %s\n", result->log);
	} else if (!args->verb->print && result->message) {
		puts(result->message);
	}
}

int ctl_ask(const struct args *args)
{
	Pram__Result *result __cleanup(pb_freep) = NULL;
	Pram__Request *req = PB_NEW(Request);
	int r;

	if (!req)
		return ctl_no_memory(args);
	req->body_case = args->verb->body;
	r = args->verb->request(args, req);
	if (r) {
		pb_free(req);
		return r;
	}
	r = ctl_call(args, req, &result);
	if (r)
		return r;
	if (args->json) {
		json_print(&result->base);
	} else {
		sanitize(result);
		print_result(args, result);
	}
	return (int)result->code;
}

static void print_item(const Pram__Item *it)
{
	printf("%s: %s%s%s\n", str_or(it->name), it->code ? "failed: " : "", str_or(it->message),
	       fmt_reason(it->reason));
}

void print_items(const struct args *args __unused_arg, const Pram__Result *result)
{
	for (size_t i = 0; i < result->n_items; i++)
		print_item(result->items[i]);
	if (!result->n_items && result->message)
		puts(result->message);
}

void print_verdicts(const struct args *args __unused_arg, const Pram__Result *result)
{
	for (size_t i = 0; i < result->n_items; i++) {
		const char *name = result->items[i]->reason;
		const struct reason *reason = name ? reason_find(name) : NULL;

		print_item(result->items[i]);
		if (reason)
			printf("  %s\n", reason->remedy);
	}
}
