// SPDX-License-Identifier: GPL-2.0-only
#include "ctl.h"

static int run(struct ctl *ctl, int argc, char **argv)
{
	Pram__TreeRequest *tree;
	Pram__Request *req;
	int r = treeopts_parse(ctl, argc, argv, false, &tree);

	if (r)
		return r;
	req = PB_NEW(Request);
	if (!req) {
		pb_free(tree);
		return ctl_fail(ctl, PRAM__CODE__CODE_FAILED, "no memory");
	}
	req->body_case = PRAM__REQUEST__BODY_REGISTER;
	req->register_ = tree;
	return ctl_run(ctl, req, NULL);
}

const struct verb verb_register = {
	.name = "register",
	.args = "NAME --pid PID [OPTION...]",
	.summary = "A kexec-reboot is to keep a process and its descendants",
	.options = "  --tcp-established  keep TCP connections\n"
		   "  --tcp-close        close TCP connections at the restore\n"
		   "  --shell-job        the tree has a terminal that is not its own\n",
	.run = run,
};
