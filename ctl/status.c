// SPDX-License-Identifier: GPL-2.0-only
/* Prints the state of PRAM and pramd. */
#include <errno.h>
#include <inttypes.h>

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
	printf("Kept:          %s in %" PRIu32 " nodes, %s of metadata, %" PRIu32
	       " kexecs so far\n",
	       fmt_bytes(p->bytes), p->nodes, fmt_bytes(p->meta_bytes), p->boots);
	printf("Scratch:       %s for the next kernel's start\n", fmt_bytes(p->scratch_bytes));
	if (p->unclaimed_bytes)
		printf("Unclaimed:     %s belong to no node\n", fmt_bytes(p->unclaimed_bytes));
	printf("kexec image:   %s\n", p->image_loaded ? "loaded" : "not loaded");
}

void print_status(const struct args *args, const Pram__Result *result)
{
	const Pram__Status *s = result->status;

	if (!s)
		return;
	print_pram(s->pram);
	if (!s->daemon)
		return;
	printf("pramd:         %s, CRIU %s", str_or(s->version),
	       fmt_or(s->criu_version, "missing"));
	if (s->job)
		printf(", doing: %s (%" PRIu32 " more wait)", s->job, s->queued);
	printf("\nCheckpoints:   %zu\n", s->n_checkpoints);
	print_checkpoints(args, s->checkpoints, s->n_checkpoints);
	printf("Services:      %zu\n", s->n_units);
	print_units(args, s->units, s->n_units);
	printf("Registered:    %zu\n", s->n_trees);
	print_trees(args, s->trees, s->n_trees);
	for (size_t i = 0; i < s->n_unknown_nodes; i++)
		printf("Unknown node:  %s\n", s->unknown_nodes[i]);
}

/* Without PRAM, pramd has nothing to report. So this works without pramd. */
static int status_without_pram(const struct args *args, int error)
{
	Pram__Result *result __cleanup(pb_freep) = PB_NEW(Result);

	if (!result)
		return ctl_no_memory(args);
	result->status = PB_NEW(Status);
	if (result->status)
		result->status->pram = praminfo_new(error);
	pb_set(result, code, PRAM__CODE__CODE_NO_PRAM);
	pb_str(&result->message, praminfo_problem(error));
	if (args->json)
		json_print(&result->base);
	else
		print_status(args, result);
	return PRAM__CODE__CODE_NO_PRAM;
}

int run_status(const struct args *args)
{
	int dev = pramdev_open(args->device);

	fd_close(dev);
	if (dev == -ENOENT || dev == -ENODEV || dev == -ENXIO)
		return status_without_pram(args, dev);
	return ctl_ask(args);
}
