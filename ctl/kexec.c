// SPDX-License-Identifier: GPL-2.0-only
/* Prints the answer to kexec-reboot. */
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "str.h"

static char *pass_text(const void *row)
{
	const Pram__Check *check = row;

	if (check->warning)
		return strdup("?");
	return strdup(check->ok ? "yes" : "NO");
}

static const char *pass_color(const char *text)
{
	if (str_eq(text, "?"))
		return "yellow";
	return str_eq(text, "NO") ? "red" : NULL;
}

static const struct column check_columns[] = {
	{ "PASS", "did the check pass? \"?\": it is not known", .text = pass_text,
	  .color = pass_color },
	{ "CHECK", "what was checked", .fields = "what", .width = 10,
	  .flags = SCOLS_FL_STRICTWIDTH },
	{ "DETAIL", "what was found", .fields = "text" },
};

static const struct table check_table = {
	.columns = check_columns,
	.n_columns = ARRAY_SIZE(check_columns),
	.shown = "PASS,CHECK,DETAIL",
};

/* Prints all checks for a dry run, otherwise only those that failed or could not be made. */
static void print_checks(const struct args *args, const Pram__KexecReport *k)
{
	const void **rows __cleanup(freep) = calloc(k->n_checks + 1, sizeof(*rows));
	bool failed = false;
	size_t n = 0;

	if (!rows) {
		ctl_no_memory(args);
		return;
	}
	for (size_t i = 0; i < k->n_checks; i++) {
		if (k->dry_run || !k->checks[i]->ok || k->checks[i]->warning)
			rows[n++] = k->checks[i];
		failed |= !k->checks[i]->ok;
	}
	if (n)
		puts(k->dry_run ? "Checks:" : failed ? "Failed checks:" : "Not known:");
	table_print(args, &check_table, NULL, 2, rows, n);
}

void print_kexec(const struct args *args, const Pram__Result *result)
{
	const Pram__KexecReport *k = result->kexec;

	if (!k) {
		if (!result->code)
			print_items(args, result);
		return;
	}
	printf("Kernel:        %s (%s)\n", fmt_or(k->kernel, "none"),
	       fmt_or(k->kernel_version, "?"));
	printf("Initrd:        %s\n", fmt_or(k->initrd, "none"));
	printf("Command line:  %s\n", fmt_or(k->cmdline, "?"));
	printf("Kept:          %zu tree%s\n", k->n_trees, k->n_trees == 1 ? "" : "s");
	print_trees(args, k->trees, k->n_trees);
	printf("Memory:        %s needed, %s available\n", fmt_bytes(k->memory_need),
	       fmt_bytes(k->memory_available));
	printf("Scratch:       %s needed, %s available\n", fmt_bytes(k->scratch_need),
	       fmt_bytes(k->scratch_bytes));
	print_checks(args, k);
	if (result->n_items)
		print_items(args, result);
	if (!result->code && result->message)
		puts(result->message);
}
