// SPDX-License-Identifier: GPL-2.0-only
/* Help and version, from the tables of verbs, options and columns. */
#include <stdio.h>

#include "ctl.h"
#include "str.h"
#include "verb.h"

static void print_option(const struct opt *o, FILE *f)
{
	char left[64];

	if (o->letter)
		snprintf(left, sizeof(left), "-%c, --%s%s%s", o->letter, o->name,
			 o->arg ? " " : "", str_or(o->arg));
	else
		snprintf(left, sizeof(left), "    --%s%s%s", o->name, o->arg ? " " : "",
			 str_or(o->arg));
	fprintf(f, "  %-25s %s\n", left, o->help);
}

static void print_options(const struct verb *verb, FILE *f)
{
	const struct opt *o;

	fputs("\nOptions:\n", f);
	for (size_t i = 0; (o = args_option(verb, i)); i++)
		print_option(o, f);
}

void help_verb(const struct verb *verb, FILE *f)
{
	const struct table *t = verb->table;

	fprintf(f, "Usage: pramctl %s%s%s\n%s.\n", verb->name, *verb->synopsis ? " " : "",
		verb->synopsis, verb->summary);
	print_options(verb, f);
	if (!t)
		return;
	fputs("\nColumns:\n", f);
	for (size_t i = 0; i < t->n_columns; i++)
		fprintf(f, "  %-25s %s\n", t->columns[i].name, t->columns[i].help);
	fprintf(f, "Default: %s\n", t->shown);
}

void help_all(const struct verbs *verbs, FILE *f)
{
	fputs("Usage: pramctl [OPTION...] VERB [ARGUMENT...]\n"
	      "Keep processes and their memory over a kexec into another kernel.\n\nVerbs:\n",
	      f);
	for (size_t i = 0; i < verbs->n; i++)
		if (!verbs->items[i].hidden)
			fprintf(f, "  %-25s %s\n", verbs->items[i].name, verbs->items[i].summary);
	print_options(NULL, f);
	fputs("\nExit codes: 0 done, 1 failed, 2 usage, 3 no PRAM in this kernel, 4 not root,\n"
	      "5 pramd cannot be reached, 6 no such name, 7 name taken, 8 refused, 9 busy.\n"
	      "See pramctl(1).\n",
	      f);
}

int run_help(const struct args *args)
{
	const char *name = args->operands.n ? args->operands.items[0] : NULL;
	const struct verb *verb = name ? verb_find(args->verbs, name) : NULL;

	if (name && !verb)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"there is no verb '%s'; 'pramctl help' lists them", name);
	if (verb)
		help_verb(verb, stdout);
	else
		help_all(args->verbs, stdout);
	return PRAM__CODE__CODE_OK;
}

int run_version(const struct args *args __unused_arg)
{
	puts("pramctl " PRAM_PROGRAM_VERSION);
	return PRAM__CODE__CODE_OK;
}
