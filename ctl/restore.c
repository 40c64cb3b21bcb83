// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "ctl.h"

static int parse(struct ctl *ctl, int argc, char **argv, Pram__RestoreRequest *arg)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "boot", no_argument, NULL, 'b' },
		CTL_OPTIONS,
		{},
	};
	const char *name;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (o == 'a') {
			pb_set(arg, all, 1);
		} else if (o == 'b') {
			pb_set(arg, boot, 1);
		} else {
			r = ctl_option(ctl, o);
			if (r >= 0)
				return r;
		}
	}
	if (arg->all && optind == argc)
		return 0;
	if (arg->all || arg->boot)
		return ctl_option(ctl, '?');
	name = ctl_name_arg(ctl, argc, argv);
	return name && pb_str(&arg->name, name) == 0 ? 0 : PRAM__CODE__CODE_USAGE;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	Pram__RestoreRequest *arg = PB_NEW(RestoreRequest);
	Pram__Request *req = PB_NEW(Request);
	int r = PRAM__CODE__CODE_FAILED;

	if (arg && req)
		r = parse(ctl, argc, argv, arg);
	if (r) {
		pb_free(arg);
		pb_free(req);
		return r;
	}
	req->body_case = PRAM__REQUEST__BODY_RESTORE;
	req->restore = arg;
	return ctl_run(ctl, req, print_items);
}

const struct verb verb_restore = {
	.name = "restore",
	.args = "NAME | --all [--boot]",
	.summary = "Brings processes back, and removes the checkpoint when they run",
	.options = "  --all   every checkpoint\n"
		   "  --boot  of them, those that an earlier kernel left\n",
	.run = run,
};
