// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of what is or will be kept: checkpoints, enabled units and registered trees.
 * A row is a message of type Checkpoint, UnitStatus or Tree.
 */
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "name.h"
#include "reasons.h"
#include "str.h"

/* Returns @row if it is a message of that type, otherwise NULL. */
static const void *as(const ProtobufCMessageDescriptor *type, const void *row)
{
	return ((const ProtobufCMessage *)row)->descriptor == type ? row : NULL;
}

static char *state_text(const void *row)
{
	const Pram__Checkpoint *checkpoint = as(PB_DESCRIPTOR_Checkpoint, row);
	const Pram__UnitStatus *unit = as(PB_DESCRIPTOR_UnitStatus, row);
	const Pram__Tree *tree = row;

	if (checkpoint)
		return strdup(fmt_or(checkpoint->state, "?"));
	if (unit)
		return strdup(fmt_or(unit->active, "?"));
	return strdup(tree->alive ? "running" : "ended");
}

static const char *state_color(const char *text)
{
	if (str_eq(text, "failed") || str_eq(text, "corrupt") || str_eq(text, "ended"))
		return "red";
	if (str_eq(text, "ready") || str_eq(text, "active") || str_eq(text, "running"))
		return "green";
	return "yellow";
}

static char *type_text(const void *row)
{
	const Pram__UnitStatus *unit = as(PB_DESCRIPTOR_UnitStatus, row);

	if (unit)
		return strdup(is_slice_name(str_or(unit->name)) ? "slice" : "service");
	return strdup(as(PB_DESCRIPTOR_Tree, row) ? "tree" : "checkpoint");
}

/* A slice has no processes of its own to restore. */
static char *on_failure_text(const void *row)
{
	const Pram__UnitStatus *unit = as(PB_DESCRIPTOR_UnitStatus, row);

	if (!unit || is_slice_name(str_or(unit->name)) || str_empty(unit->on_restore_failure))
		return NULL;
	return strdup(unit->on_restore_failure);
}

static char *note_text(const void *row)
{
	const Pram__Checkpoint *checkpoint = as(PB_DESCRIPTOR_Checkpoint, row);
	const Pram__UnitStatus *unit = as(PB_DESCRIPTOR_UnitStatus, row);
	char note[REASON_NOTE_MAX];

	if (unit && unit->problem)
		return str_printf("cannot be kept: %s%s", unit->problem, reason_note(unit->reason, note));
	if (unit && unit->note)
		return strdup(unit->note);
	return checkpoint && checkpoint->reason ? strdup(checkpoint->reason) : NULL;
}

static const struct column columns[] = {
	{ "NAME", "name of the checkpoint, unit or tree", .fields = "name" },
	{ "STATE", "ready, busy, failed or corrupt; of a unit: its state in systemd",
	  .text = state_text, .color = state_color },
	{ "TYPE", "checkpoint, service, slice or tree", .text = type_text },
	{ "PID", "main or root process", .format = COLUMN_ID, .fields = "root_pid|main_pid|pid" },
	{ "SIZE", "memory that the checkpoint keeps, or that the tree uses",
	  .format = COLUMN_SIZE, .fields = "bytes|rss_bytes" },
	{ "PROCESSES", "number of processes", .format = COLUMN_COUNT, .fields = "processes" },
	{ "COMMAND", "name of the root process", .fields = "comm" },
	{ "UNIT", "unit that the checkpoint is of", .fields = "unit" },
	{ "ON-FAILURE", "if the service cannot be restored: wait, or start it fresh",
	  .text = on_failure_text },
	{ "SLICE", "slice by which the service is enabled", .fields = "slice" },
	{ "IMAGES", "number of images of CRIU", .format = COLUMN_COUNT, .fields = "images" },
	{ "FROZEN", "time of the checkpoint",
	  .format = COLUMN_TIME, .fields = "frozen_realtime_usec" },
	{ "KERNEL", "kernel that the checkpoint was made under", .fields = "kernel_release" },
	{ "LOG", "directory of CRIU's logs", .fields = "log_dir" },
	{ "NOTE", "reason of the state, or what will differ after a restore", .text = note_text,
	  .flags = SCOLS_FL_WRAP },
};

const struct table object_table = {
	.columns = columns,
	.n_columns = ARRAY_SIZE(columns),
	.shown = "NAME,STATE,TYPE,PID,SIZE,ON-FAILURE,SLICE,NOTE",
};

void print_list(const struct args *args, const Pram__Result *result)
{
	size_t n = result->n_checkpoints + result->n_units;
	const void **rows __cleanup(freep) = calloc(n + 1, sizeof(*rows));
	size_t i = 0;

	if (!rows) {
		ctl_no_memory(args);
		return;
	}
	for (size_t c = 0; c < result->n_checkpoints; c++)
		rows[i++] = result->checkpoints[c];
	for (size_t u = 0; u < result->n_units; u++)
		rows[i++] = result->units[u];
	table_print(args, &object_table, NULL, 0, rows, n);
}

void print_checkpoints(const struct args *args, Pram__Checkpoint *const *list, size_t n)
{
	table_print(args, &object_table, "NAME,STATE,SIZE,PID,COMMAND,PROCESSES,NOTE", 2, list, n);
}

void print_units(const struct args *args, Pram__UnitStatus *const *list, size_t n)
{
	table_print(args, &object_table, "NAME,STATE,PID,ON-FAILURE,SLICE,NOTE", 2, list, n);
}

void print_trees(const struct args *args, Pram__Tree *const *list, size_t n)
{
	table_print(args, &object_table, "NAME,STATE,SIZE,PID,PROCESSES", 2, list, n);
}
