// SPDX-License-Identifier: GPL-2.0-only
/* What was restored in this boot, and the parts of its outage. */
#include <libsmartcols/libsmartcols.h>
#include <string.h>

#include "ctl.h"
#include "str.h"

static const Pram__Report *as_report(const ProtobufCMessage *row)
{
	return (const void *)row;
}

static char *type_text(const ProtobufCMessage *row)
{
	return strdup(as_report(row)->unit ? "service" : "tree");
}

static char *in_place_text(const ProtobufCMessage *row)
{
	return str_printf("%s",
			  fmt_size((as_report(row)->pages - as_report(row)->copied_pages) << 12));
}

static const struct column columns[] = {
	{ "NAME", "name of the checkpoint", .fields = "name" },
	{ "TYPE", "service or tree", .text = type_text },
	{ "PID", "main or root process", .format = COLUMN_ID, .fields = "pid", .flags = SCOLS_FL_RIGHT },
	{ "OUTAGE", "from the freeze until the processes ran again", .format = COLUMN_SECONDS, .fields = "outage_usec",
	  .flags = SCOLS_FL_RIGHT },
	{ "DUMP", "of it: until the dump was complete", .format = COLUMN_SECONDS, .fields = "dump_usec",
	  .flags = SCOLS_FL_RIGHT },
	{ "SHUTDOWN", "of it: until the next kernel started", .format = COLUMN_SECONDS, .fields = "shutdown_usec",
	  .flags = SCOLS_FL_RIGHT },
	{ "KERNEL", "of it: until process 1 started", .format = COLUMN_SECONDS, .fields = "kernel_usec",
	  .flags = SCOLS_FL_RIGHT },
	{ "USERSPACE", "of it: until the restore started", .format = COLUMN_SECONDS, .fields = "userspace_usec",
	  .flags = SCOLS_FL_RIGHT },
	{ "RESTORE", "of it: the restore", .format = COLUMN_SECONDS, .fields = "restore_usec",
	  .flags = SCOLS_FL_RIGHT },
	{ "IN-PLACE", "memory that stayed where it was", .text = in_place_text,
	  .flags = SCOLS_FL_RIGHT },
	{ "COPIED", "memory that was copied", .format = COLUMN_PAGES, .fields = "copied_pages",
	  .flags = SCOLS_FL_RIGHT },
	{ "FILES", "files and shared memory of a service that stayed in place", .format = COLUMN_PAGES,
	  .fields = "file_pages", .flags = SCOLS_FL_RIGHT },
	{ "IMAGES", "size of CRIU's images", .format = COLUMN_SIZE, .fields = "image_bytes", .flags = SCOLS_FL_RIGHT },
	{ "FROZEN", "time of the freeze", .format = COLUMN_TIME, .fields = "frozen_realtime_usec" },
	{ "RUNNING", "time at which the processes ran again", .format = COLUMN_TIME,
	  .fields = "running_realtime_usec" },
	{ "OLD-KERNEL", "kernel that the freeze was under", .fields = "kernel_release" },
};

const struct table report_table = {
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.shown = "NAME,PID,OUTAGE,DUMP,SHUTDOWN,KERNEL,USERSPACE,RESTORE,IN-PLACE,COPIED,IMAGES",
};

void print_report(const struct args *args, const Pram__Result *result)
{
	if (!result->n_reports)
		puts("Nothing was restored in this boot.");
	table_print(args, &report_table, NULL, 0, result->reports, result->n_reports);
}
