// SPDX-License-Identifier: GPL-2.0-only
/* The table of the verb report: what was restored in this boot, and the parts of the outage. */
#include <libsmartcols/libsmartcols.h>
#include <string.h>

#include "ctl.h"
#include "str.h"

static char *type_text(const void *row)
{
	const Pram__Report *report = row;

	return strdup(report->unit ? "service" : "tree");
}

static char *in_place_text(const void *row)
{
	const Pram__Report *report = row;

	return str_printf("%s", fmt_size((report->pages - report->copied_pages) << 12));
}

static const struct column columns[] = {
	{ "NAME", "name of the checkpoint", .fields = "name" },
	{ "TYPE", "service or tree", .text = type_text },
	{ "PID", "main or root process", .format = COLUMN_ID, .fields = "pid" },
	{ "OUTAGE", "from the freeze until the processes ran again",
	  .format = COLUMN_SECONDS, .fields = "outage_usec" },
	{ "DUMP", "part of OUTAGE: until the dump was complete",
	  .format = COLUMN_SECONDS, .fields = "dump_usec" },
	{ "SHUTDOWN", "part of OUTAGE: until the next kernel started",
	  .format = COLUMN_SECONDS, .fields = "shutdown_usec" },
	{ "KERNEL", "part of OUTAGE: until process 1 started",
	  .format = COLUMN_SECONDS, .fields = "kernel_usec" },
	{ "USERSPACE", "part of OUTAGE: until the restore started",
	  .format = COLUMN_SECONDS, .fields = "userspace_usec" },
	{ "RESTORE", "part of OUTAGE: the restore", .format = COLUMN_SECONDS, .fields = "restore_usec" },
	{ "IN-PLACE", "memory that stayed where it was", .text = in_place_text,
	  .flags = SCOLS_FL_RIGHT },
	{ "COPIED", "memory that was copied", .format = COLUMN_PAGES, .fields = "copied_pages" },
	{ "FILES", "files and shared memory of a service that stayed in place",
	  .format = COLUMN_PAGES, .fields = "file_pages" },
	{ "IMAGES", "size of CRIU's images", .format = COLUMN_SIZE, .fields = "image_bytes" },
	{ "FROZEN", "time of the freeze", .format = COLUMN_TIME, .fields = "frozen_realtime_usec" },
	{ "RUNNING", "time at which the processes ran again",
	  .format = COLUMN_TIME, .fields = "running_realtime_usec" },
	{ "OLD-KERNEL", "kernel under which the processes were frozen",
	  .fields = "kernel_release" },
};

const struct table report_table = {
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.shown = "NAME,PID,OUTAGE,DUMP,SHUTDOWN,KERNEL,USERSPACE,RESTORE,IN-PLACE,COPIED,IMAGES",
};

/* Was it dumped under the kernel before this one? Only then was this kernel started meanwhile. */
static bool was_kept_over_kexec(const Pram__Report *report)
{
	return report->kernel_usec > 0;
}

/*
 * A kexec-reboot dumps all trees at the same time, and ends none before all dumps are complete.
 * The time in which at least one of them was frozen shows whether they waited for each other.
 */
static void print_span(Pram__Report *const *reports, size_t n)
{
	uint64_t first = UINT64_MAX, last = 0;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		if (!was_kept_over_kexec(reports[i]))
			continue;
		if (first > reports[i]->frozen_realtime_usec)
			first = reports[i]->frozen_realtime_usec;
		if (last < reports[i]->frozen_realtime_usec + reports[i]->dump_usec)
			last = reports[i]->frozen_realtime_usec + reports[i]->dump_usec;
		count++;
	}
	if (count > 1)
		printf("\nFrom the first freeze until all %zu dumps were complete: %.1f s\n", count,
		       (double)(last - first) / USEC_PER_SEC);
}

void print_report(const struct args *args, const Pram__Result *result)
{
	if (!result->n_reports)
		puts("Nothing was restored in this boot.");
	table_print(args, &report_table, NULL, 0, result->reports, result->n_reports);
	if (!args->no_headings)
		print_span(result->reports, result->n_reports);
}
