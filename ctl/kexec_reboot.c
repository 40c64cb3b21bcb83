// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "macro.h"
#include "str.h"

static void print(const Pram__Result *result)
{
	const Pram__KexecReport *k = result->kexec;

	if (!k) {
		if (!result->code)
			print_items(result);
		return;
	}
	printf("Kernel:        %s (%s)\n", fmt_or(k->kernel, "none"), fmt_or(k->kernel_version, "?"));
	printf("Initrd:        %s\n", fmt_or(k->initrd, "none"));
	printf("Command line:  %s\n", fmt_or(k->cmdline, "?"));
	printf("Kept:          %zu tree%s\n", k->n_trees, k->n_trees == 1 ? "" : "s");
	print_trees(k->trees, k->n_trees);
	printf("Memory:        %s needed, %s available\n", fmt_bytes(k->memory_need),
	       fmt_bytes(k->memory_available));
	printf("Scratch:       %s needed, %s there\n", fmt_bytes(k->scratch_need),
	       fmt_bytes(k->scratch_bytes));
	for (size_t i = 0; i < k->n_checks; i++)
		if (k->dry_run || !k->checks[i]->ok)
			printf("%s %-10s %s\n", k->checks[i]->ok ? "  ok  " : "  NO  ",
			       str_or(k->checks[i]->what), str_or(k->checks[i]->text));
	if (result->n_items)
		print_items(result);
	if (!result->code && result->message)
		puts(result->message);
}

/* pramd has another working directory. */
static int set_path(struct ctl *ctl, char **field, const char *path)
{
	char *real __cleanup(freep) = realpath(path, NULL);

	if (!real)
		return ctl_fail(ctl, PRAM__CODE__CODE_REFUSED, "%s: %s", path, strerror(errno));
	return pb_str(field, real) < 0 ? PRAM__CODE__CODE_FAILED : -1;
}

static int set_option(struct ctl *ctl, int o, Pram__KexecRequest *arg)
{
	switch (o) {
	case 'k':
		return set_path(ctl, &arg->kernel, optarg);
	case 'i':
		return set_path(ctl, &arg->initrd, optarg);
	case 'a':
		return pb_str(&arg->append, optarg) < 0 ? PRAM__CODE__CODE_FAILED : -1;
	case 'r':
		pb_set(arg, reuse_cmdline, 1);
		return -1;
	case 'f':
		return ctl_add_unit(&arg->n_allow_fresh, &arg->allow_fresh, optarg) < 0 ?
			       PRAM__CODE__CODE_FAILED : -1;
	case 'n':
		pb_set(arg, dry_run, 1);
		return -1;
	default:
		return ctl_option(ctl, o);
	}
}

static int parse(struct ctl *ctl, int argc, char **argv, Pram__KexecRequest *arg)
{
	static const struct option options[] = {
		{ "kernel", required_argument, NULL, 'k' },
		{ "initrd", required_argument, NULL, 'i' },
		{ "append", required_argument, NULL, 'a' },
		{ "reuse-cmdline", no_argument, NULL, 'r' },
		{ "allow-fresh", required_argument, NULL, 'f' },
		{ "dry-run", no_argument, NULL, 'n' },
		CTL_OPTIONS,
		{},
	};
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		r = set_option(ctl, o, arg);
		if (r >= 0)
			return r;
	}
	return optind == argc ? 0 : ctl_option(ctl, '?');
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	Pram__KexecRequest *arg = PB_NEW(KexecRequest);
	Pram__Request *req = PB_NEW(Request);
	int r = PRAM__CODE__CODE_FAILED;

	if (arg && req)
		r = parse(ctl, argc, argv, arg);
	if (r) {
		pb_free(arg);
		pb_free(req);
		return r;
	}
	req->body_case = PRAM__REQUEST__BODY_KEXEC;
	req->kexec = arg;
	return ctl_run(ctl, req, print);
}

const struct verb verb_kexec_reboot = {
	.name = "kexec-reboot",
	.args = "[OPTION...]",
	.summary = "Keeps all enabled services and registered trees, and boots another kernel by kexec",
	.options = "  --kernel FILE    to boot (the newest in /boot, with its initrd)\n"
		   "  --initrd FILE\n"
		   "  --append WORDS   on top of the command line; a word replaces those of its key\n"
		   "  --reuse-cmdline  the running command line, which is the default anyway\n"
		   "  --allow-fresh UNIT  may start afresh if it cannot be kept\n"
		   "  --dry-run        only say what would be kept, and what stands in the way\n",
	.run = run,
};
