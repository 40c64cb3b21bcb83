// SPDX-License-Identifier: GPL-2.0-only
#include "ctl.h"

static int run(struct ctl *ctl, int argc, char **argv)
{
	Pram__TreeRequest *tree;
	Pram__Request *req;
	int r = treeopts_parse(ctl, argc, argv, true, &tree);

	if (r)
		return r;
	req = PB_NEW(Request);
	if (!req) {
		pb_free(tree);
		return ctl_fail(ctl, PRAM__CODE__CODE_FAILED, "no memory");
	}
	req->body_case = PRAM__REQUEST__BODY_CHECKPOINT;
	req->checkpoint = tree;
	return ctl_run(ctl, req, NULL);
}

const struct verb verb_checkpoint = {
	.name = "checkpoint",
	.args = "NAME --pid PID [OPTION...]",
	.summary = "Keeps a process and its descendants in memory, and ends them",
	.options = "  --tcp-established  keep TCP connections\n"
		   "  --tcp-close        close TCP connections at the restore\n"
		   "  --shell-job        the tree has a terminal that is not its own\n"
		   "  --leave-running    end nothing: the processes go on\n",
	.run = run,
};
