// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <libsmartcols/libsmartcols.h>
#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "str.h"
#include "table.h"

/* --- the columns to print ------------------------------------------------------------------ */

static bool find_column(const struct table *table, const char *name, size_t len, size_t *ret)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const char *s = table->columns[i].name;

		if (strlen(s) != len || strncasecmp(s, name, len) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

size_t table_columns(const struct table *table, const char *list, size_t ret[TABLE_COLUMNS_MAX],
		     char ret_unknown[64])
{
	size_t n = 0;

	if (*list == '+') {
		n = table_columns(table, table->shown, ret, ret_unknown);
		list++;
	}
	for (const char *end; ; list = end + 1) {
		end = strchrnul(list, ',');
		if (n == TABLE_COLUMNS_MAX ||
		    !find_column(table, list, (size_t)(end - list), &ret[n])) {
			snprintf(ret_unknown, 64, "%.*s", (int)(end - list), list);
			return 0;
		}
		n++;
		if (!*end)
			return n;
	}
}

static size_t choose(const struct args *args, const struct table *table, const char *shown,
		     size_t ret[TABLE_COLUMNS_MAX])
{
	char unknown[64];
	size_t n;

	if (args->output_all) {
		for (n = 0; n < table->n_columns && n < TABLE_COLUMNS_MAX; n++)
			ret[n] = n;
		return n;
	}
	if (args->output)
		shown = args->output;
	return table_columns(table, shown ? shown : table->shown, ret, unknown);
}

/* --- cells ----------------------------------------------------------------------------------- */

static char *format_number(enum column_format format, uint64_t v)
{
	switch (format) {
	case COLUMN_SIZE:
		return str_printf("%s", fmt_size(v));
	case COLUMN_PAGES:
		return str_printf("%s", fmt_size(v << 12));
	case COLUMN_SECONDS:
		v /= USEC_PER_SEC / 10;
		return str_printf("%" PRIu64 ".%" PRIu64 "s", v / 10, v % 10);
	case COLUMN_TIME:
		return v ? str_printf("%s", fmt_time(v)) : NULL;
	case COLUMN_ID:
		return v ? str_printf("%" PRIu64, v) : NULL;
	default:
		return str_printf("%" PRIu64, v);
	}
}

/* The field as text; NULL if it is not set. */
static char *format_field(const ProtobufCMessage *row, const ProtobufCFieldDescriptor *f,
			  enum column_format format)
{
	const char *base = (const char *)row;
	const void *member = base + f->offset;

	if (f->type == PROTOBUF_C_TYPE_STRING) {
		const char *s = *(char *const *)member;

		return str_empty(s) ? NULL : strdup(s);
	}
	if (!*(const protobuf_c_boolean *)(const void *)(base + f->quantifier_offset))
		return NULL;
	if (f->type == PROTOBUF_C_TYPE_UINT64)
		return format_number(format, *(const uint64_t *)member);
	return format_number(format, *(const uint32_t *)member);
}

static char *cell_text(const struct column *column, const void *row)
{
	const ProtobufCMessage *message = row;
	char name[64];

	if (column->text)
		return column->text(row);
	for (const char *s = column->fields, *end; *s; s = *end ? end + 1 : end) {
		const ProtobufCFieldDescriptor *f;
		char *text;

		end = strchrnul(s, '|');
		snprintf(name, sizeof(name), "%.*s", (int)(end - s), s);
		f = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, name);
		text = f ? format_field(message, f, column->format) : NULL;
		if (text)
			return text;
	}
	return NULL;
}

/* --- printing -------------------------------------------------------------------------------- */

static bool use_colors(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && str_empty(getenv("NO_COLOR")) && !str_empty(term) &&
	       !str_eq(term, "dumb");
}

static int add_cell(struct libscols_line *line, size_t i, const struct column *column,
		    const void *row)
{
	char *text = cell_text(column, row);
	const char *color;

	if (!text)
		return 0;
	color = column->color ? column->color(text) : NULL;
	if (color)
		scols_cell_set_color(scols_line_get_cell(line, i), color);
	return scols_line_refer_data(line, i, text);
}

static int fill(struct libscols_table *t, const struct table *table, const size_t *ids,
		size_t n_ids, const void *const *rows, size_t n)
{
	for (size_t i = 0; i < n_ids; i++) {
		const struct column *c = &table->columns[ids[i]];

		int right = c->format >= COLUMN_ID && c->format <= COLUMN_SECONDS ? SCOLS_FL_RIGHT :
										    0;

		if (!scols_table_new_column(t, c->name, c->width, c->flags | right))
			return -1;
	}
	for (size_t r = 0; r < n; r++) {
		struct libscols_line *line = scols_table_new_line(t, NULL);

		for (size_t i = 0; line && i < n_ids; i++)
			if (add_cell(line, i, &table->columns[ids[i]], rows[r]) < 0)
				return -1;
		if (!line)
			return -1;
	}
	return 0;
}

/* Indents each line, and removes the blanks at its end, which pad an empty last cell. */
static void print_lines(char *text, unsigned int indent)
{
	for (char *line; (line = strsep(&text, "\n"));) {
		size_t len = strlen(line);

		while (len && line[len - 1] == ' ')
			len--;
		if (len)
			printf("%*s%.*s\n", (int)indent, "", (int)len, line);
	}
}

void table_print(const struct args *args, const struct table *table, const char *shown,
		 unsigned int indent, const void *rows, size_t n)
{
	size_t ids[TABLE_COLUMNS_MAX];
	size_t n_ids = choose(args, table, shown, ids);
	struct libscols_table *t;
	char *text = NULL;

	if (!n)
		return;
	t = scols_new_table();
	if (t) {
		scols_table_enable_noheadings(t, args->no_headings);
		scols_table_enable_colors(t, use_colors());
		scols_table_reduce_termwidth(t, indent);
	}
	if (!t || fill(t, table, ids, n_ids, rows, n) < 0 ||
	    scols_print_table_to_string(t, &text) < 0)
		fputs("pramctl: out of memory\n", stderr);
	else
		print_lines(text, indent);
	free(text);
	scols_unref_table(t);
}
