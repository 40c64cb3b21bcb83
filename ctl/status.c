// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "io.h"
#include "pramdev.h"
#include "praminfo.h"
#include "str.h"

static void print_pram(const Pram__PramInfo *p)
{
	if (!p || !p->present) {
		printf("PRAM:          none: %s\n", p ? str_or(p->problem) : "");
		return;
	}
	printf("PRAM:          on, super block at pfn %" PRIx64 ", %s\n", p->sb_pfn,
	       p->found ? "found at boot" : "started clean at boot");
	printf("Kept:          %s in %" PRIu32 " nodes, %s of metadata, %" PRIu32 " kexecs so far\n",
	       fmt_bytes(p->bytes), p->nodes, fmt_bytes(p->meta_bytes), p->boots);
	printf("Scratch:       %s for the next kernel's start\n", fmt_bytes(p->scratch_bytes));
	if (p->unclaimed_bytes)
		printf("Unclaimed:     %s belong to no node\n", fmt_bytes(p->unclaimed_bytes));
	printf("kexec image:   %s\n", p->image_loaded ? "loaded" : "not loaded");
}

static void print(const Pram__Result *result)
{
	const Pram__Status *s = result->status;

	if (!s)
		return;
	print_pram(s->pram);
	if (!s->daemon)
		return;
	printf("pramd:         %s, CRIU %s", str_or(s->version), fmt_or(s->criu_version, "missing"));
	if (s->job)
		printf(", doing: %s (%" PRIu32 " more wait)", s->job, s->queued);
	printf("\nCheckpoints:   %zu\n", s->n_checkpoints);
	print_checkpoints(s->checkpoints, s->n_checkpoints);
	printf("Services:      %zu\n", s->n_units);
	print_units(s->units, s->n_units);
	printf("Registered:    %zu\n", s->n_trees);
	print_trees(s->trees, s->n_trees);
	for (size_t i = 0; i < s->n_strange_nodes; i++)
		printf("Strange node:  %s\n", s->strange_nodes[i]);
}

/* Without PRAM there is nothing that pramd could add; it need not even run. */
static int alone(struct ctl *ctl, int error)
{
	Pram__Result *result __cleanup(pb_freep) = PB_NEW(Result);

	if (!result)
		return PRAM__CODE__CODE_FAILED;
	result->status = PB_NEW(Status);
	if (result->status)
		result->status->pram = praminfo_new(error);
	pb_set(result, code, PRAM__CODE__CODE_NO_PRAM);
	pb_str(&result->message, praminfo_problem(error));
	if (ctl->json)
		json_print(&result->base);
	else
		print(result);
	return PRAM__CODE__CODE_NO_PRAM;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	static const struct option options[] = { CTL_OPTIONS, {} };
	Pram__Request *req;
	int o, r, dev;

	while ((o = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		r = ctl_option(ctl, o);
		if (r >= 0)
			return r;
	}
	if (optind != argc)
		return ctl_option(ctl, '?');
	dev = pramdev_open(ctl->device);
	fd_close(dev);
	if (dev == -ENOENT || dev == -ENODEV || dev == -ENXIO)
		return alone(ctl, dev);
	req = PB_NEW(Request);
	if (req) {
		req->body_case = PRAM__REQUEST__BODY_STATUS;
		req->status = PB_NEW(Empty);
	}
	return ctl_run(ctl, req, print);
}

const struct verb verb_status = {
	.name = "status",
	.args = "",
	.summary = "What PRAM is and keeps, and what pramd does",
	.run = run,
};
