// SPDX-License-Identifier: GPL-2.0-only
#include <getopt.h>
#include <inttypes.h>

#include "ctl.h"
#include "str.h"

static void print_sec(const char *what, uint64_t usec)
{
	printf("  %-14s%6" PRIu64 ".%" PRIu64 " s\n", what, usec / 1000000, usec / 100000 % 10);
}

static void print(const Pram__Result *result)
{
	if (!result->n_reports)
		puts("Nothing was restored in this boot.");
	for (size_t i = 0; i < result->n_reports; i++) {
		const Pram__Report *r = result->reports[i];

		printf("%s, process %" PRIu32 "\n", str_or(r->name), r->pid);
		printf("  frozen        %s under %s\n", fmt_time(r->frozen_realtime_usec),
		       fmt_or(r->kernel_release, "?"));
		printf("  running again %s\n", fmt_time(r->running_realtime_usec));
		print_sec("outage", r->outage_usec);
		print_sec("  dump", r->dump_usec);
		print_sec("  shutdown", r->shutdown_usec);
		print_sec("  kernel", r->kernel_usec);
		print_sec("  user space", r->userspace_usec);
		print_sec("  restore", r->restore_usec);
		printf("  memory        %s kept in place, %s copied, %s in images\n",
		       fmt_bytes((r->pages - r->copied_pages) << 12), fmt_bytes(r->copied_pages << 12),
		       fmt_bytes(r->image_bytes));
		if (r->file_pages)
			printf("  files         %s kept in place, shared memory among them\n",
			       fmt_bytes(r->file_pages << 12));
	}
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
		req->body_case = PRAM__REQUEST__BODY_REPORT;
		req->report = PB_NEW(Empty);
	}
	return ctl_run(ctl, req, print);
}

const struct verb verb_report = {
	.name = "report",
	.args = "",
	.summary = "What came back in this boot, and what its outage was made of",
	.run = run,
};
