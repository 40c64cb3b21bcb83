// SPDX-License-Identifier: GPL-2.0-only
/* enable and disable: both take names of units. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"

int ctl_add_unit(size_t *n, char ***names, const char *arg)
{
	char *full = NULL;
	int r = strchr(arg, '.') ? pb_str(&full, arg) : pb_strf(&full, "%s.service", arg);

	if (!r)
		r = pb_append_str(n, names, full);
	free(full);
	return r;
}

static int parse(struct ctl *ctl, int argc, char **argv, Pram__UnitsRequest **ret)
{
	static const struct option options[] = { CTL_OPTIONS, {} };
	Pram__UnitsRequest *req;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		r = ctl_option(ctl, o);
		if (r >= 0)
			return r;
	}
	if (optind == argc)
		return ctl_option(ctl, '?');
	req = PB_NEW(UnitsRequest);
	for (r = req ? 0 : -1; !r && optind < argc; optind++)
		r = ctl_add_unit(&req->n_names, &req->names, argv[optind]);
	if (r < 0) {
		pb_free(req);
		return ctl_fail(ctl, PRAM__CODE__CODE_FAILED, "no memory");
	}
	*ret = req;
	return 0;
}

static int run(struct ctl *ctl, int argc, char **argv, bool enable)
{
	Pram__UnitsRequest *names = NULL;
	Pram__Request *req;
	int r = parse(ctl, argc, argv, &names);

	if (r)
		return r;
	req = PB_NEW(Request);
	if (!req) {
		pb_free(names);
		return ctl_fail(ctl, PRAM__CODE__CODE_FAILED, "no memory");
	}
	req->body_case = enable ? PRAM__REQUEST__BODY_ENABLE : PRAM__REQUEST__BODY_DISABLE;
	if (enable)
		req->enable = names;
	else
		req->disable = names;
	return ctl_run(ctl, req, print_items);
}

static int run_enable(struct ctl *ctl, int argc, char **argv)
{
	return run(ctl, argc, argv, true);
}

static int run_disable(struct ctl *ctl, int argc, char **argv)
{
	return run(ctl, argc, argv, false);
}

const struct verb verb_enable = {
	.name = "enable",
	.args = "UNIT...",
	.summary = "Services that each kexec-reboot is to keep, if they run",
	.run = run_enable,
};

const struct verb verb_disable = {
	.name = "disable",
	.args = "UNIT...",
	.summary = "The same services no longer",
	.run = run_disable,
};
