// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "macro.h"
#include "name.h"
#include "pramdev.h"
#include "str.h"

static const struct verb *const verbs[] = {
	&verb_status,	&verb_list,	&verb_show,	  &verb_checkpoint,   &verb_restore,
	&verb_remove,	&verb_release,	&verb_register,	  &verb_unregister,   &verb_enable,
	&verb_disable,	&verb_kexec_reboot, &verb_report,
};

static void usage(FILE *f)
{
	fputs("usage: pramctl [--json] VERB [ARGUMENT...]\n"
	      "Keeps processes and their memory over a kexec into another kernel.\n\n",
	      f);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(f, "  %-14s%s\n", verbs[i]->name, verbs[i]->summary);
	fputs("  help [VERB]   this text, or a verb's\n"
	      "  version       of this program\n\n"
	      "Exit codes: 0 done, 1 failed, 2 usage, 3 no PRAM in this kernel, 4 not root,\n"
	      "5 pramd cannot be reached, 6 no such name, 7 name taken, 8 refused, 9 busy.\n"
	      "See pramctl(1).\n",
	      f);
}

void ctl_usage(const struct verb *verb, FILE *f)
{
	fprintf(f, "usage: pramctl %s%s%s [--json]\n%s.\n", verb->name, *verb->args ? " " : "",
		verb->args, verb->summary);
	if (verb->options)
		fprintf(f, "\n%s", verb->options);
}

int ctl_option(struct ctl *ctl, int o)
{
	switch (o) {
	case 'J':
		ctl->json = true;
		return -1;
	case 'H':
		ctl_usage(ctl->verb, stdout);
		exit(PRAM__CODE__CODE_OK);
	default:
		ctl_usage(ctl->verb, stderr);
		return PRAM__CODE__CODE_USAGE;
	}
}

int ctl_fail(const struct ctl *ctl, int code, const char *fmt, ...)
{
	Pram__Result result = PRAM__RESULT__INIT;
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf), fmt, ap);
	va_end(ap);
	str_sanitize(buf);
	if (ctl->json) {
		pb_set(&result, code, (Pram__Code)code);
		result.message = buf;
		json_print(&result.base);
	} else {
		fprintf(stderr, "pramctl: %s\n", buf);
	}
	return code;
}

const char *ctl_name_arg(struct ctl *ctl, int argc, char **argv)
{
	const char *problem;

	if (optind + 1 != argc) {
		ctl_usage(ctl->verb, stderr);
		return NULL;
	}
	problem = name_problem(argv[optind]);
	if (problem) {
		ctl_fail(ctl, PRAM__CODE__CODE_USAGE, "%s", problem);
		return NULL;
	}
	return argv[optind];
}

static const struct verb *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (str_eq(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static int help(struct ctl *ctl, const char *name)
{
	const struct verb *verb = name ? find(name) : NULL;

	if (name && !verb)
		return ctl_fail(ctl, PRAM__CODE__CODE_USAGE, "no verb is called '%s'", name);
	if (verb)
		ctl_usage(verb, stdout);
	else
		usage(stdout);
	return PRAM__CODE__CODE_OK;
}

static int version(void)
{
	puts("pramctl " PRAM_PROGRAM_VERSION);
	return PRAM__CODE__CODE_OK;
}

static int run_verb(struct ctl *ctl, int argc, char **argv)
{
	if (str_eq(argv[0], "help"))
		return help(ctl, argc > 1 ? argv[1] : NULL);
	if (str_eq(argv[0], "version"))
		return version();
	ctl->verb = find(argv[0]);
	if (!ctl->verb)
		return ctl_fail(ctl, PRAM__CODE__CODE_USAGE,
				"no verb is called '%s'; see pramctl help", argv[0]);
	optind = 0;
	return ctl->verb->run(ctl, argc, argv);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'J' },   { "socket", required_argument, NULL, 'S' },
		{ "device", required_argument, NULL, 'D' }, { "help", no_argument, NULL, 'H' },
		{ "version", no_argument, NULL, 'V' }, {},
	};
	struct ctl ctl = { .socket = "/run/pramd.sock", .device = PRAMDEV_PATH };
	int o;

	while ((o = getopt_long(argc, argv, "+h", options, NULL)) >= 0) {
		switch (o) {
		case 'J':
			ctl.json = true;
			break;
		case 'S':
			ctl.socket = optarg;
			break;
		case 'D':
			ctl.device = optarg;
			break;
		case 'V':
			return version();
		case 'H':
		case 'h':
			return help(&ctl, NULL);
		default:
			usage(stderr);
			return PRAM__CODE__CODE_USAGE;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return PRAM__CODE__CODE_USAGE;
	}
	return run_verb(&ctl, argc - optind, argv + optind);
}
