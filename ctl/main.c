// SPDX-License-Identifier: GPL-2.0-only
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>

#include "ctl.h"
#include "pramdev.h"
#include "str.h"
#include "verbs.h"

/* Names are in UTF-8. libsmartcols needs the locale to determine their width on the screen. */
static void set_locale(void)
{
	setlocale(LC_CTYPE, "");
	if (!str_eq(nl_langinfo(CODESET), "UTF-8"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

/* Checks --output before the request to pramd. */
static int check_columns(const struct args *args)
{
	size_t ids[TABLE_COLUMNS_MAX];
	char unknown[64];

	if (!args->output && !args->output_all)
		return 0;
	if (args->json)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"--json prints all fields: leave out --output and --output-all");
	if (args->output && !table_columns(args->verb->table, args->output, ids, unknown))
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"there is no column '%s'; 'pramctl %s --help' lists them", unknown,
				args->verb->name);
	return 0;
}

static int run_verb(struct args *args, int argc, char **argv)
{
	char error[ARGS_ERROR_SIZE];
	int r;

	args->verb = verb_find(args->verbs, argv[0]);
	if (!args->verb)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"there is no verb '%s'; 'pramctl help' lists them", argv[0]);
	r = args_parse(args, argc, argv, error);
	if (r)
		return ctl_fail(args, r, "%s", error);
	if (args->help) {
		help_verb(args->verb, stdout);
		return PRAM__CODE__CODE_OK;
	}
	r = check_columns(args);
	if (r)
		return r;
	return args->verb->run ? args->verb->run(args) : ctl_ask(args);
}

static int run(struct args *args, int argc, char **argv)
{
	char error[ARGS_ERROR_SIZE];
	int r = args_parse(args, argc, argv, error);
	int n = (int)args->operands.n;

	if (r)
		return ctl_fail(args, r, "%s", error);
	if (args->version)
		return run_version(args);
	if (args->help)
		return run_help(args);
	if (n)
		return run_verb(args, n, argv + argc - n);
	help_all(args->verbs, stderr);
	return PRAM__CODE__CODE_USAGE;
}

int main(int argc, char **argv)
{
	char socket[] = "/run/pramd.sock", device[] = PRAMDEV_PATH;
	struct args args = { .verbs = &all_verbs, .socket = socket, .device = device };
	int r;

	set_locale();
	r = run(&args, argc, argv);
	args_deinit(&args);
	return r;
}
