// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "ctl.h"

static void print(const Pram__Result *result)
{
	print_checkpoints(result->checkpoints, result->n_checkpoints);
	print_units(result->units, result->n_units);
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { CTL_OPTIONS, {} };
	Pram__Request *req;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		r = ctl_option(ctl, o);
		if (r >= 0)
			return r;
	}
	if (optind != argc)
		return ctl_option(ctl, '?');
	req = PB_NEW(Request);
	if (req) {
		req->body_case = PRAM__REQUEST__BODY_LIST;
		req->list = PB_NEW(Empty);
	}
	return ctl_run(ctl, req, print);
}

const struct verb verb_list = {
	.name = "list",
	.args = "",
	.summary = "The checkpoints that are kept, and the services that will be",
	.run = run,
};
