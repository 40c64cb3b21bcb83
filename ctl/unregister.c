// SPDX-License-Identifier: GPL-2.0-only
#include "named.h"

static void body(Pram__Request *req, Pram__NameRequest *name)
{
	req->body_case = PRAM__REQUEST__BODY_UNREGISTER;
	req->unregister = name;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	return named_run(ctl, argc, argv, body, NULL);
}

const struct verb verb_unregister = {
	.name = "unregister",
	.args = "NAME",
	.summary = "A kexec-reboot no longer keeps that tree",
	.run = run,
};
