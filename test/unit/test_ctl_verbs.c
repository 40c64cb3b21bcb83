// SPDX-License-Identifier: GPL-2.0-only
/* pramctl's tables of verbs, options and columns are consistent and completely documented in the manual page. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "str.h"
#include "test.h"
#include "verbs.h"

#define TEXT_MAX 65536

static const struct opt *find_option(const struct verb *verb, const char *name)
{
	const struct opt *o;

	for (size_t i = 0; (o = args_option(verb, i)); i++)
		if (str_eq(o->name, name))
			return o;
	return NULL;
}

/* --- the tables ------------------------------------------------------------------------------ */

static void test_verbs(void **state)
{
	(void)state;
	for (size_t i = 0; i < all_verbs.n; i++) {
		const struct verb *v = &all_verbs.items[i];

		assert_ptr_equal(verb_find(&all_verbs, v->name), v);	/* otherwise the name occurs twice */
		assert_false(str_empty(v->summary));
		assert_non_null(v->synopsis);
		assert_true(v->run || v->request);
		assert_int_equal(!v->request, v->body == PRAM__REQUEST__BODY__NOT_SET);
		assert_true(v->operand.min <= v->operand.max);
		assert_int_equal(!v->operand.max, !v->operand.name);
		assert_int_equal(!v->table, !find_option(v, "output"));
	}
	assert_null(verb_find(&all_verbs, "frobnicate"));
}

static void check_options(const struct verb *verb)
{
	const struct opt *o;
	size_t n;

	for (n = 0; (o = args_option(verb, n)); n++) {
		assert_ptr_equal(find_option(verb, o->name), o);
		assert_false(str_empty(o->help));
		assert_int_equal(o->value == VALUE_NONE, !o->arg);
		for (size_t k = 0; k < n; k++)
			assert_true(!o->letter || args_option(verb, k)->letter != o->letter);
	}
	assert_true(n <= ARGS_OPTIONS_MAX);
}

static void test_options(void **state)
{
	(void)state;
	check_options(NULL);
	for (size_t i = 0; i < all_verbs.n; i++)
		check_options(&all_verbs.items[i]);
}

static void test_columns(void **state)
{
	size_t ids[TABLE_COLUMNS_MAX];
	char unknown[64];

	(void)state;
	for (size_t i = 0; i < all_verbs.n; i++) {
		const struct table *t = all_verbs.items[i].table;

		if (!t)
			continue;
		assert_true(t->n_columns <= TABLE_COLUMNS_MAX);
		assert_true(table_columns(t, t->shown, ids, unknown) > 0);
		for (size_t c = 0; c < t->n_columns; c++) {
			assert_false(str_empty(t->columns[c].help));
			/* otherwise the name occurs twice */
			assert_int_equal(table_columns(t, t->columns[c].name, ids, unknown), 1);
			assert_int_equal(ids[0], c);
		}
	}
}

/* --- the manual page -------------------------------------------------------------------------- */

/* A tagged paragraph of the manual page. */
struct tag {
	char section[32];
	char heading[128];	/* of its subsection */
	char text[128];
};

static struct tag tags[128];
static size_t n_tags;

/* Removes macro, fonts and quotes: ".BI \-\-pid \" pid\"" becomes "--pid pid". */
static void plain(const char *line, char *out, size_t size)
{
	size_t n = 0;

	if (*line == '.')
		line += strcspn(line, " \n");
	for (; *line && *line != '\n' && n + 1 < size; line++) {
		if (*line == '"')
			continue;
		if (*line == '\\' && line[1] == 'f' && line[2])
			line += 2;
		else if (*line == '\\' && line[1])
			out[n++] = *++line;
		else
			out[n++] = *line;
	}
	out[n] = 0;
}

static int read_page(void **state)
{
	char line[1024], section[32] = "", heading[128] = "";
	FILE *f = fopen(MAN_PAGE, "r");
	bool tag = false;

	(void)state;
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (tag && n_tags < ARRAY_SIZE(tags)) {
			struct tag *t = &tags[n_tags++];

			strcpy(t->section, section);
			strcpy(t->heading, heading);
			plain(line, t->text, sizeof(t->text));
		}
		tag = str_after(line, ".TP") != NULL;
		if (str_after(line, ".SH ")) {
			plain(line, section, sizeof(section));
			heading[0] = 0;
		} else if (str_after(line, ".SS ")) {
			plain(line, heading, sizeof(heading));
		}
	}
	fclose(f);
	return 0;
}

static bool has_word(const char *text, const char *word)
{
	static const char separators[] = " ,[]|=.";
	char copy[128], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok_r(copy, separators, &save); w; w = strtok_r(NULL, separators, &save))
		if (str_eq(w, word))
			return true;
	return false;
}

static bool in_section(const struct tag *t, const char *section)
{
	return str_eq(str_or(str_after(t->section, " ")), section);
}

static void test_man_verbs(void **state)
{
	(void)state;
	for (size_t i = 0; i < all_verbs.n; i++) {
		size_t found = 0;

		if (all_verbs.items[i].hidden)
			continue;
		for (size_t k = 0; k < n_tags; k++)
			found += in_section(&tags[k], "VERBS") && has_word(tags[k].text, all_verbs.items[i].name);
		if (!found)
			print_error("the page does not have the verb %s\n", all_verbs.items[i].name);
		assert_true(found);
	}
}

/* The verb that the tag begins with, or NULL. */
static const struct verb *tag_verb(const struct tag *t)
{
	char word[64];
	const char *s = t->text + strspn(t->text, " ");

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(s, " "), s);
	return verb_find(&all_verbs, word);
}

/* The other way round: the page has no verb that pramctl lacks, and no option in its synopsis. */
static void test_man_stale_verbs(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < n_tags; i++) {
		const struct tag *t = &tags[i];
		const struct verb *verb = tag_verb(t);

		if (!in_section(t, "VERBS"))
			continue;
		if (!verb)
			print_error("pramctl has no verb as in: %s\n", t->text);
		assert_non_null(verb);
		assert_false(verb->hidden);
		for (const char *s = t->text; (s = strstr(s, "--")); s += 2) {
			char name[64];

			snprintf(name, sizeof(name), "%.*s", (int)strcspn(s + 2, " ,]|"), s + 2);
			if (!find_option(verb, name))
				print_error("%s has no option --%s\n", verb->name, name);
			assert_non_null(find_option(verb, name));
		}
		n++;
	}
	assert_true(n > 10);
}

/* Returns whether the page describes the option of @verb, in general or under a heading that names the verb. */
static bool documented(const struct verb *verb, const struct opt *o)
{
	char name[64], letter[] = { '-', o->letter, 0 };

	snprintf(name, sizeof(name), "--%s", o->name);
	for (size_t i = 0; i < n_tags; i++) {
		const struct tag *t = &tags[i];

		if (in_section(t, "OPTIONS") && has_word(t->text, name) &&
		    (!o->letter || has_word(t->text, letter)) &&
		    (!t->heading[0] || (verb && has_word(t->heading, verb->name))))
			return true;
	}
	return false;
}

static void test_man_options(void **state)
{
	const struct opt *o;

	(void)state;
	for (size_t v = 0; v <= all_verbs.n; v++) {
		const struct verb *verb = v < all_verbs.n ? &all_verbs.items[v] : NULL;

		for (size_t i = 0; (o = args_option(verb, i)); i++) {
			if (!documented(verb, o))
				print_error("the page does not have --%s of %s\n", o->name,
					    verb ? verb->name : "pramctl");
			assert_true(documented(verb, o));
		}
	}
}

/* Returns the option in the text of the tag, without dashes. */
static const char *tag_option(const struct tag *t)
{
	static char name[64];
	const char *s = strstr(t->text, "--");

	snprintf(name, sizeof(name), "%.*s", s ? (int)strcspn(s + 2, " ,") : 0, s ? s + 2 : "");
	return name;
}

/* The page does not describe options that the verb does not have. */
static void test_man_stale(void **state)
{
	size_t n_options = 0;

	(void)state;
	for (size_t i = 0; i < n_tags; i++) {
		const struct tag *t = &tags[i];
		const char *name = tag_option(t);
		size_t n_verbs_named = 0;

		if (!in_section(t, "OPTIONS"))
			continue;
		n_options++;
		for (size_t v = 0; v < all_verbs.n; v++) {
			if (!has_word(t->heading, all_verbs.items[v].name))
				continue;
			n_verbs_named++;
			if (!find_option(&all_verbs.items[v], name))
				print_error("%s has no option --%s\n", all_verbs.items[v].name, name);
			assert_non_null(find_option(&all_verbs.items[v], name));
		}
		if (!t->heading[0])
			assert_non_null(find_option(NULL, name));
		else
			assert_true(n_verbs_named > 0);
	}
	assert_true(n_options > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verbs), cmocka_unit_test(test_options),
		cmocka_unit_test(test_columns), cmocka_unit_test(test_man_verbs),
		cmocka_unit_test(test_man_stale_verbs), cmocka_unit_test(test_man_options),
		cmocka_unit_test(test_man_stale),
	};

	return cmocka_run_group_tests_name("pramctl's verbs", tests, read_page, NULL);
}
