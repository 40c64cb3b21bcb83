// SPDX-License-Identifier: GPL-2.0-only
#include "named.h"

static void body(Pram__Request *req, Pram__NameRequest *name)
{
	req->body_case = PRAM__REQUEST__BODY_REMOVE;
	req->remove = name;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	return named_run(ctl, argc, argv, body, NULL);
}

const struct verb verb_remove = {
	.name = "remove",
	.args = "NAME",
	.summary = "Removes a checkpoint; its processes are lost",
	.run = run,
};
