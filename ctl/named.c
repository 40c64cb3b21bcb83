// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>

#include "named.h"

int named_run(struct ctl *ctl, int argc, char **argv, named_body_t body,
	      void (*print)(const Pram__Result *result))
{
	static const struct option options[] = { CTL_OPTIONS, {} };
	Pram__NameRequest *arg;
	Pram__Request *req;
	const char *name;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		r = ctl_option(ctl, o);
		if (r >= 0)
			return r;
	}
	name = ctl_name_arg(ctl, argc, argv);
	if (!name)
		return PRAM__CODE__CODE_USAGE;
	arg = PB_NEW(NameRequest);
	req = arg ? PB_NEW(Request) : NULL;
	if (!req || pb_str(&arg->name, name) < 0) {
		pb_free(arg);
		pb_free(req);
		return ctl_fail(ctl, PRAM__CODE__CODE_FAILED, "no memory");
	}
	body(req, arg);
	return ctl_run(ctl, req, print);
}
