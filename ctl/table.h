/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables, printed by libsmartcols. A row is a protobuf message, or anything else if all
 * columns have a function for their text.
 */
#ifndef PRAM_CTL_TABLE_H
#define PRAM_CTL_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "args.h"

enum column_format {
	COLUMN_TEXT,
	/* Numbers, aligned to the right: */
	COLUMN_ID,		/* nothing for 0 */
	COLUMN_COUNT,
	COLUMN_SIZE,		/* bytes, as 1.5M */
	COLUMN_PAGES,		/* pages of 4 KiB, as 1.5M */
	COLUMN_SECONDS,		/* microseconds, as 1.5s */
	/* Microseconds since 1970, as local time: */
	COLUMN_TIME,
};

struct column {
	const char *name;
	const char *help;
	enum column_format format;
	/* "a|b": the first of these fields that the row's message has and that is set. */
	const char *fields;
	/* Instead of @fields: returns the allocated text, or NULL for an empty cell. */
	char *(*text)(const void *row);
	/* The colour of a cell with that text, or NULL. */
	const char *(*color)(const char *text);
	double width;		/* minimum, with SCOLS_FL_STRICTWIDTH; 0: of the longest text */
	int flags;		/* SCOLS_FL_* */
};

struct table {
	const struct column *columns;
	size_t n_columns;
	const char *shown;	/* default columns, as in "NAME,STATE" */
};

/*
 * Prints a table. @rows: array of @n pointers to rows. The columns are those of --output, otherwise
 * @shown, or, if that is NULL, the default of @table. Prints nothing if there are no rows.
 */
void table_print(const struct args *args, const struct table *table, const char *shown,
		 unsigned int indent, const void *rows, size_t n);

#define TABLE_COLUMNS_MAX 32

/*
 * Finds the columns named in @list: "NAME,STATE", or "+PID" for the default columns of @table and
 * one more. Returns their number, and their indices in @ret. Returns 0 if a name is unknown, which
 * is then in @ret_unknown.
 */
size_t table_columns(const struct table *table, const char *list, size_t ret[TABLE_COLUMNS_MAX],
		     char ret_unknown[64]);

/* --- fmt.c --------------------------------------------------------------------------------- */

/* "12.5 MiB"; in one of four static buffers, used in turn. */
const char *fmt_bytes(uint64_t bytes);
/* The same as "12.5M". */
const char *fmt_size(uint64_t bytes);
const char *fmt_time(uint64_t realtime_usec);
const char *fmt_or(const char *s, const char *otherwise);

/*
 * Formats " (reason: NAME; ...)", which follows a message, in a static buffer; "" if @name is NULL
 * or empty.
 */
const char *fmt_reason(const char *name);

#endif /* PRAM_CTL_TABLE_H */
