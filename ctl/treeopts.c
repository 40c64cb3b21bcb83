// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <stdlib.h>

#include "ctl.h"
#include "str.h"

static int set_option(struct ctl *ctl, int o, bool leave_running, Pram__TreeRequest *req)
{
	switch (o) {
	case 'p':
		if (str_pid(optarg, &req->pid) < 0)
			return ctl_fail(ctl, PRAM__CODE__CODE_USAGE, "'%s' is no pid", optarg);
		req->has_pid = 1;
		return -1;
	case 'e':
		pb_set(req->options, tcp_established, 1);
		return -1;
	case 'c':
		pb_set(req->options, tcp_close, 1);
		return -1;
	case 's':
		pb_set(req->options, shell_job, 1);
		return -1;
	case 'l':
		if (!leave_running)
			return ctl_option(ctl, '?');
		pb_set(req->options, leave_running, 1);
		return -1;
	default:
		return ctl_option(ctl, o);
	}
}

static int parse(struct ctl *ctl, int argc, char **argv, bool leave_running,
		 Pram__TreeRequest *req)
{
	static const struct option options[] = {
		{ "pid", required_argument, NULL, 'p' },
		{ "tcp-established", no_argument, NULL, 'e' },
		{ "tcp-close", no_argument, NULL, 'c' },
		{ "shell-job", no_argument, NULL, 's' },
		{ "leave-running", no_argument, NULL, 'l' },
		CTL_OPTIONS,
		{},
	};
	const char *name;
	int o, r;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		r = set_option(ctl, o, leave_running, req);
		if (r >= 0)
			return r;
	}
	name = ctl_name_arg(ctl, argc, argv);
	if (!name)
		return PRAM__CODE__CODE_USAGE;
	if (!req->has_pid)
		return ctl_fail(ctl, PRAM__CODE__CODE_USAGE, "--pid is missing");
	if (req->options->tcp_established && req->options->tcp_close)
		return ctl_fail(ctl, PRAM__CODE__CODE_USAGE,
				"--tcp-established and --tcp-close exclude each other");
	return pb_str(&req->name, name) < 0 ? PRAM__CODE__CODE_FAILED : PRAM__CODE__CODE_OK;
}

int treeopts_parse(struct ctl *ctl, int argc, char **argv, bool leave_running,
		   Pram__TreeRequest **ret)
{
	Pram__TreeRequest *req = PB_NEW(TreeRequest);
	int r = PRAM__CODE__CODE_FAILED;

	if (req)
		req->options = PB_NEW(Options);
	if (req && req->options)
		r = parse(ctl, argc, argv, leave_running, req);
	if (r) {
		pb_free(req);
		return r;
	}
	*ret = req;
	return 0;
}
