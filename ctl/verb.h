/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: a verb of pramctl
 *
 * verbs.c has one table of verbs and one of options for each group of verbs. The
 * parser (args.c), the help (help.c) and the completion (complete.c) read these
 * tables, so a new verb is one entry there:
 *
 * - a verb that asks pramd has @body and @request. It has @print, unless the message of the
 *   result is the whole answer;
 * - a verb that works without pramd has @run instead.
 *
 * The manual page docs/man/pramctl.1 is written by hand; test/unit/test_ctl_verbs.c checks
 * that it has every verb and option.
 */
#ifndef PRAM_CTL_VERB_H
#define PRAM_CTL_VERB_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "pb.h"

/* What the argument of an option, or an operand, is. The completion depends on it. */
enum value {
	VALUE_NONE,		/* no argument: stored as bool */
	VALUE_TEXT,
	VALUE_FILE,
	VALUE_PID,		/* stored as uint32_t */
	VALUE_COLUMNS,		/* of the verb's table */
	VALUE_VERB,
	VALUE_REASON,
	VALUE_CHECKPOINT,
	VALUE_TREE,		/* registered */
	VALUE_ENABLED,		/* enabled unit */
	VALUE_UNIT,		/* active unit of systemd */
};

struct opt {
	const char *name;	/* long name; NULL ends a table */
	char letter;		/* short name, or 0 */
	bool many;		/* may be repeated: stored as struct arg_list */
	enum value value;
	const char *arg;	/* name of the argument in the help */
	const char *help;
	size_t offset;		/* in struct args */
};

struct operand {
	const char *name;
	enum value value;
	unsigned int min;
	unsigned int max;
};

struct args;
struct table;

#define OPERANDS_MANY UINT_MAX
#define VERB_OPTION_GROUPS 2

struct verb {
	const char *name;
	const char *synopsis;	/* operands and options for the help */
	const char *summary;
	struct operand operand;
	const struct opt *options[VERB_OPTION_GROUPS];
	const struct table *table;	/* --output chooses from its columns; or NULL */
	bool hidden;		/* not in the help */

	/* Works without pramd: returns the exit code. */
	int (*run)(const struct args *args);

	/* Or asks pramd: @request fills in the body, and returns 0 or an exit code. */
	Pram__Request__BodyCase body;
	int (*request)(const struct args *args, Pram__Request *req);
	void (*print)(const struct args *args, const Pram__Result *result);
};

/* The table of verbs. Help and completion, which are verbs, get it in struct args. */
struct verbs {
	const struct verb *items;
	size_t n;
};

/* Returns NULL if there is no such verb. */
const struct verb *verb_find(const struct verbs *verbs, const char *name);

/* Entries of a table of options, stored in the named field of struct args. */
#define OPT_FLAG(long_name, field, text) \
	{ .name = (long_name), .help = (text), .offset = offsetof(struct args, field) }
#define OPT_ARG(long_name, field, kind, arg_name, text) \
	{ .name = (long_name), .value = (kind), .arg = (arg_name), .help = (text), \
	  .offset = offsetof(struct args, field) }

#endif /* PRAM_CTL_VERB_H */
