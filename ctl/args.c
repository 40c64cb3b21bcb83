// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "args.h"
#include "str.h"
#include "verb.h"

#define LONG_BASE 256		/* values of long options for getopt are above all letters */

/* Every verb has these, and they are valid before the verb as well. */
static const struct opt common_options[] = {
	OPT_FLAG("json", json, "print the answer as one JSON object, with all fields"),
	OPT_ARG("socket", socket, VALUE_FILE, "PATH", "socket of pramd (/run/pramd.sock)"),
	OPT_ARG("device", device, VALUE_FILE, "PATH", "device of PRAM (/dev/pram)"),
	{ .name = "help", .letter = 'h', .help = "print this text",
	  .offset = offsetof(struct args, help) },
	{},
};

/* Only before the verb. */
static const struct opt main_options[] = {
	OPT_FLAG("version", version, "print the version"),
	{},
};

struct parser {
	struct args *args;
	char *error;
	struct option longs[ARGS_OPTIONS_MAX + 1];
	char shorts[2 + 2 * ARGS_OPTIONS_MAX + 1];
};

const struct opt *args_option(const struct verb *verb, size_t i)
{
	const struct opt *groups[VERB_OPTION_GROUPS + 1] = {};
	size_t n = 0;

	for (size_t g = 0; verb && g < VERB_OPTION_GROUPS; g++)
		groups[n++] = verb->options[g];
	if (!verb)
		groups[n++] = main_options;
	groups[n++] = common_options;
	for (size_t g = 0; g < n; g++)
		for (const struct opt *o = groups[g]; o && o->name; o++)
			if (i-- == 0)
				return o;
	return NULL;
}

/* The option for what getopt_long() returned. */
static const struct opt *by_value(const struct verb *verb, int value)
{
	const struct opt *o;

	if (value >= LONG_BASE)
		return args_option(verb, (size_t)(value - LONG_BASE));
	for (size_t i = 0; (o = args_option(verb, i)); i++)
		if (o->letter == value)
			return o;
	return NULL;
}

static void build(struct parser *p)
{
	const struct verb *verb = p->args->verb;
	size_t n_shorts = 0;
	const struct opt *o;

	/* '+': stop at the verb. ':': tell a missing argument from an unknown option. */
	if (!verb)
		p->shorts[n_shorts++] = '+';
	p->shorts[n_shorts++] = ':';
	for (size_t i = 0; i < ARGS_OPTIONS_MAX && (o = args_option(verb, i)); i++) {
		p->longs[i] = (struct option){
			.name = o->name,
			.has_arg = o->value == VALUE_NONE ? no_argument : required_argument,
			.val = LONG_BASE + (int)i,
		};
		if (!o->letter)
			continue;
		p->shorts[n_shorts++] = o->letter;
		if (o->value != VALUE_NONE)
			p->shorts[n_shorts++] = ':';
	}
}

/* Formats an error, and adds which help to read. */
__printf_like(2, 3) static int usage(struct parser *p, const char *fmt, ...)
{
	const struct verb *verb = p->args->verb;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(p->error, ARGS_ERROR_SIZE, fmt, ap);
	va_end(ap);
	n = strlen(p->error);
	snprintf(p->error + n, ARGS_ERROR_SIZE - n, "; see 'pramctl%s%s --help'", verb ? " " : "",
		 verb ? verb->name : "");
	return PRAM__CODE__CODE_USAGE;
}

static int no_memory(struct parser *p)
{
	snprintf(p->error, ARGS_ERROR_SIZE, "out of memory");
	return PRAM__CODE__CODE_FAILED;
}

static int list_add(struct arg_list *list, char *item)
{
	char **items = reallocarray(list->items, list->n + 1, sizeof(*items));

	if (!items)
		return -1;
	items[list->n++] = item;
	list->items = items;
	return 0;
}

static int store(struct parser *p, const struct opt *o, char *arg)
{
	void *field = (char *)p->args + o->offset;

	if (o->many)
		return list_add(field, arg) < 0 ? no_memory(p) : 0;
	switch (o->value) {
	case VALUE_NONE:
		*(bool *)field = true;
		return 0;
	case VALUE_PID:
		if (str_pid(arg, field) < 0)
			return usage(p, "--%s: '%s' is not a process ID", o->name, arg);
		return 0;
	default:
		*(char **)field = arg;
		return 0;
	}
}

/* Explains the error of getopt_long(), which returned @value, '?' or ':'. */
static int bad_option(struct parser *p, int value, char **argv)
{
	const struct opt *o = optopt ? by_value(p->args->verb, optopt) : NULL;

	if (o && value == ':')
		return usage(p, "option '--%s' needs an argument, %s", o->name, o->arg);
	if (o)
		return usage(p, "option '--%s' takes no argument", o->name);
	if (optopt)
		return usage(p, "unknown option '-%c'", optopt);
	return usage(p, "unknown or ambiguous option '%s'", argv[optind - 1]);
}

static int parse_options(struct parser *p, int argc, char **argv)
{
	int value, r;

	opterr = 0;
	optind = 0;	/* makes getopt_long() start again */
	while ((value = getopt_long(argc, argv, p->shorts, p->longs, NULL)) >= 0) {
		if (value == '?' || value == ':')
			return bad_option(p, value, argv);
		r = store(p, by_value(p->args->verb, value), optarg);
		if (r || p->args->help)
			return r;
	}
	return 0;
}

static int parse_operands(struct parser *p, int argc, char **argv)
{
	const struct operand *operand = p->args->verb ? &p->args->verb->operand : NULL;
	struct arg_list *list = &p->args->operands;

	for (list->n = 0; optind < argc; optind++)
		if (list_add(list, argv[optind]) < 0)
			return no_memory(p);
	if (!operand)
		return 0;
	if (list->n > operand->max)
		return usage(p, "unexpected argument '%s'", list->items[operand->max]);
	if (list->n < operand->min)
		return usage(p, "%s is missing", operand->name);
	return 0;
}

int args_parse(struct args *args, int argc, char **argv, char error[ARGS_ERROR_SIZE])
{
	struct parser p = { .args = args, .error = error };
	int r;

	build(&p);
	r = parse_options(&p, argc, argv);
	if (r || args->help)
		return r;
	return parse_operands(&p, argc, argv);
}

void args_deinit(struct args *args)
{
	free(args->operands.items);
	free(args->allow_fresh.items);
}

const struct verb *verb_find(const struct verbs *verbs, const char *name)
{
	for (size_t i = 0; i < verbs->n; i++)
		if (str_eq(verbs->items[i].name, name))
			return &verbs->items[i];
	return NULL;
}
