// SPDX-License-Identifier: GPL-2.0-only
#include "ctl.h"
#include "str.h"
#include "verbs.h"

static const struct opt table_options[] = {
	{ .name = "output", .letter = 'o', .value = VALUE_COLUMNS, .arg = "COLUMN,...",
	  .help = "columns to print; +COLUMN,... adds to the default ones",
	  .offset = offsetof(struct args, output) },
	OPT_FLAG("output-all", output_all, "print all columns"),
	OPT_FLAG("no-headings", no_headings, "do not print column headings"),
	{},
};

static const struct opt tree_options[] = {
	OPT_ARG("pid", pid, VALUE_PID, "PID", "root process of the tree (required)"),
	OPT_FLAG("tcp-established", tcp_established, "keep established TCP connections"),
	OPT_FLAG("tcp-close", tcp_close, "close TCP connections at the restore"),
	OPT_FLAG("shell-job", shell_job, "the tree uses a terminal that belongs to another session"),
	{},
};

static const struct opt checkpoint_options[] = {
	OPT_FLAG("leave-running", leave_running, "do not end the processes"),
	{},
};

static const struct opt restore_options[] = {
	OPT_FLAG("all", all, "restore all checkpoints except those of services"),
	OPT_FLAG("boot", boot, "with --all: only those that an earlier kernel left"),
	{},
};

static const struct opt kexec_options[] = {
	OPT_ARG("kernel", kernel, VALUE_FILE, "FILE",
	       "kernel to boot (the newest in /boot, with its initrd)"),
	OPT_ARG("initrd", initrd, VALUE_FILE, "FILE", "initrd for that kernel (the one beside it)"),
	OPT_FLAG("no-initrd", no_initrd, "boot the kernel without an initrd"),
	OPT_ARG("append", append, VALUE_TEXT, "WORDS",
	       "add to the command line; a word replaces those with the same key"),
	OPT_FLAG("reuse-cmdline", reuse_cmdline, "use the running command line (default)"),
	{ .name = "allow-fresh", .many = true, .value = VALUE_ENABLED, .arg = "UNIT",
	  .help = "let this service start afresh if it cannot be kept; may be repeated",
	  .offset = offsetof(struct args, allow_fresh) },
	OPT_FLAG("dry-run", dry_run, "only check, rehearse the dumps, and print what would be kept"),
	OPT_FLAG("no-rehearsal", no_rehearsal, "with --dry-run: do not pause the processes"),
	{},
};

static const struct opt enable_options[] = {
	OPT_FLAG("no-rehearsal", no_rehearsal, "do not pause the services to try their dumps"),
	{},
};

static const struct verb verbs[] = {
	{
		.name = "status", .synopsis = "[OPTION...]",
		.summary = "Show the state of PRAM and pramd, and all that is or will be kept",
		.options = { table_options }, .table = &object_table,
		.run = run_status, .body = PRAM__REQUEST__BODY_STATUS,
		.request = request_empty, .print = print_status,
	},
	{
		.name = "list", .synopsis = "[OPTION...]",
		.summary = "List the checkpoints and the enabled services",
		.options = { table_options }, .table = &object_table,
		.body = PRAM__REQUEST__BODY_LIST, .request = request_empty, .print = print_list,
	},
	{
		.name = "show", .synopsis = "NAME",
		.summary = "Show the details of one checkpoint",
		.operand = { "NAME", VALUE_CHECKPOINT, 1, 1 },
		.body = PRAM__REQUEST__BODY_SHOW, .request = request_name, .print = print_show,
	},
	{
		.name = "checkpoint", .synopsis = "NAME --pid PID [OPTION...]",
		.summary = "Keep a process and its descendants in memory, and end them",
		.operand = { "NAME", VALUE_TEXT, 1, 1 }, .options = { tree_options, checkpoint_options },
		.body = PRAM__REQUEST__BODY_CHECKPOINT, .request = request_tree,
	},
	{
		.name = "restore", .synopsis = "NAME | --all [--boot]",
		.summary = "Restore checkpoints, and remove each when its processes run",
		.operand = { "NAME", VALUE_CHECKPOINT, 0, 1 }, .options = { restore_options },
		.body = PRAM__REQUEST__BODY_RESTORE, .request = request_restore, .print = print_items,
	},
	{
		.name = "remove", .synopsis = "NAME",
		.summary = "Remove a checkpoint; its processes are lost",
		.operand = { "NAME", VALUE_CHECKPOINT, 1, 1 },
		.body = PRAM__REQUEST__BODY_REMOVE, .request = request_name,
	},
	{
		.name = "release", .synopsis = "",
		.summary = "Free preserved memory that belongs to no intact node",
		.body = PRAM__REQUEST__BODY_RELEASE, .request = request_empty,
	},
	{
		.name = "register", .synopsis = "NAME --pid PID [OPTION...]",
		.summary = "Have kexec-reboot keep a process and its descendants",
		.operand = { "NAME", VALUE_TEXT, 1, 1 }, .options = { tree_options },
		.body = PRAM__REQUEST__BODY_REGISTER, .request = request_tree,
	},
	{
		.name = "unregister", .synopsis = "NAME",
		.summary = "Undo register",
		.operand = { "NAME", VALUE_TREE, 1, 1 },
		.body = PRAM__REQUEST__BODY_UNREGISTER, .request = request_name,
	},
	{
		.name = "check", .synopsis = "UNIT...",
		.summary = "Try whether services can be kept; they pause for that",
		.operand = { "UNIT", VALUE_UNIT, 1, OPERANDS_MANY },
		.body = PRAM__REQUEST__BODY_CHECK, .request = request_units, .print = print_verdicts,
	},
	{
		.name = "enable", .synopsis = "UNIT... [OPTION...]",
		.summary = "Have each kexec-reboot keep services, if they run",
		.operand = { "UNIT", VALUE_UNIT, 1, OPERANDS_MANY }, .options = { enable_options },
		.body = PRAM__REQUEST__BODY_ENABLE, .request = request_units, .print = print_verdicts,
	},
	{
		.name = "disable", .synopsis = "UNIT...",
		.summary = "Undo enable",
		.operand = { "UNIT", VALUE_ENABLED, 1, OPERANDS_MANY },
		.body = PRAM__REQUEST__BODY_DISABLE, .request = request_units, .print = print_items,
	},
	{
		.name = "kexec-reboot", .synopsis = "[OPTION...]",
		.summary = "Keep all enabled services and registered trees, and boot another kernel",
		.options = { kexec_options },
		.body = PRAM__REQUEST__BODY_KEXEC, .request = request_kexec, .print = print_kexec,
	},
	{
		.name = "report", .synopsis = "[OPTION...]",
		.summary = "Show what was restored in this boot, and the parts of its outage",
		.options = { table_options }, .table = &report_table,
		.body = PRAM__REQUEST__BODY_REPORT, .request = request_empty, .print = print_report,
	},
	{
		.name = "reasons", .synopsis = "[NAME] [OPTION...]",
		.summary = "Explain why something can fail, and what to do",
		.operand = { "NAME", VALUE_REASON, 0, 1 },
		.options = { table_options }, .table = &reason_table,
		.run = run_reasons,
	},
	{
		.name = "help", .synopsis = "[VERB]",
		.summary = "Print this text, or the help of one verb",
		.operand = { "VERB", VALUE_VERB, 0, 1 },
		.run = run_help,
	},
	{
		.name = "version", .synopsis = "",
		.summary = "Print the version",
		.run = run_version,
	},
	{
		.name = "complete", .synopsis = "-- WORD...",
		.summary = "Print candidates for the last word, for completion/pramctl",
		.operand = { "WORD", VALUE_TEXT, 1, OPERANDS_MANY }, .hidden = true,
		.run = run_complete,
	},
};

const struct verbs all_verbs = { verbs, ARRAY_SIZE(verbs) };
