// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "ctl.h"

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
	if (req)
		req->release = PB_NEW(Empty);
	if (!req || !req->release) {
		pb_free(req);
		return ctl_fail(ctl, PRAM__CODE__CODE_FAILED, "no memory");
	}
	req->body_case = PRAM__REQUEST__BODY_RELEASE;
	return ctl_run(ctl, req, NULL);
}

const struct verb verb_release = {
	.name = "release",
	.args = "",
	.summary = "Frees preserved memory that belongs to no good node",
	.run = run,
};
