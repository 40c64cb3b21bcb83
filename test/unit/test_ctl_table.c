// SPDX-License-Identifier: GPL-2.0-only
/* The output of pramctl: tables, help and the candidates for shell completion. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl.h"
#include "str.h"
#include "test.h"
#include "verbs.h"

static struct args args;
static Pram__Result *result;
static char printed[16384];

/* Runs @print with stdout redirected to a file. The output is in @printed. */
static void capture(void (*print)(void))
{
	FILE *file = tmpfile();
	int saved = dup(STDOUT_FILENO);
	size_t n;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	print();
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	n = fread(printed, 1, sizeof(printed) - 1, file);
	printed[n] = 0;
	fclose(file);
}

static void print_verb(void)
{
	args.verb->print(&args, result);
}

static void print_of(const char *verb)
{
	args.verb = verb_find(&all_verbs, verb);
	capture(print_verb);
}

static void has_line(const char *line)
{
	const char *s = strstr(printed, line);
	size_t len = strlen(line);

	if (!s || (s != printed && s[-1] != '\n') || s[len] != '\n')
		fail_msg("no line '%s' in:\n%s", line, printed);
}

static Pram__Checkpoint *checkpoint(const char *name, const char *state, const char *reason)
{
	Pram__Checkpoint *c = PB_NEW(Checkpoint);

	pb_str(&c->name, name);
	pb_str(&c->state, state);
	pb_str(&c->reason, reason);
	pb_set(c, bytes, 3 << 20);
	return c;
}

static Pram__UnitStatus *unit(const char *name, uint32_t pid, const char *problem, const char *note)
{
	Pram__UnitStatus *u = PB_NEW(UnitStatus);

	pb_str(&u->name, name);
	pb_str(&u->active, "active");
	pb_set(u, main_pid, pid);
	pb_str(&u->on_restore_failure, "wait");
	pb_str(&u->problem, problem);
	pb_str(&u->note, note);
	return u;
}

static int setup(void **state)
{
	Pram__Checkpoint *good = checkpoint("tree", "ready", NULL);
	Pram__Tree *tree = PB_NEW(Tree);
	Pram__Check *check = PB_NEW(Check);

	(void)state;
	setlocale(LC_CTYPE, "C.UTF-8");
	memset(&args, 0, sizeof(args));
	result = PB_NEW(Result);
	pb_set(good, root_pid, 712);
	pb_set(good, processes, 3);
	pb_str(&good->comm, "a\033[31m");
	pb_append_msg(&result->n_checkpoints, &result->checkpoints, good);
	pb_append_msg(&result->n_checkpoints, &result->checkpoints,
		      checkpoint("\xc3\xa4 b", "failed", "no room"));
	pb_append_msg(&result->n_units, &result->units, unit("a.slice", 0, NULL, "none runs in it"));
	pb_append_msg(&result->n_units, &result->units, unit("b.service", 7, "too new", "unseen"));
	pb_str(&tree->name, "gone");
	pb_set(tree, pid, 9);
	result->kexec = PB_NEW(KexecReport);
	pb_append_msg(&result->kexec->n_trees, &result->kexec->trees, tree);
	pb_str(&check->what, "tree");
	pb_str(&check->text, "gone: it has ended");
	pb_append_msg(&result->kexec->n_checks, &result->kexec->checks, check);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pb_free(result);
	return 0;
}

static void test_list(void **state)
{
	(void)state;
	print_of("list");
	assert_string_equal(printed,
		"NAME      STATE  TYPE       PID SIZE ON-FAILURE SLICE NOTE\n"
		"tree      ready  checkpoint 712 3.0M\n"
		"\xc3\xa4 b       failed checkpoint     3.0M                  no room\n"
		"a.slice   active slice                                none runs in it\n"
		"b.service active service      7      wait             cannot be kept: too new\n");
}

static void test_columns(void **state)
{
	(void)state;
	args.output = "state,Name";
	args.no_headings = true;
	print_of("list");
	assert_string_equal(printed, "ready  tree\nfailed \xc3\xa4 b\nactive a.slice\nactive b.service\n");
	/* escape sequences in names do not reach the terminal */
	args.output = "COMMAND";
	print_of("list");
	has_line("a\\x1b[31m");
	assert_null(strchr(printed, '\033'));
	args.output = "+PROCESSES";
	args.no_headings = false;
	print_of("list");
	has_line("NAME      STATE  TYPE       PID SIZE ON-FAILURE SLICE NOTE                    PROCESSES");
	args.output = NULL;
	args.output_all = true;
	print_of("list");
	for (size_t i = 0; i < object_table.n_columns; i++)
		assert_non_null(strstr(printed, object_table.columns[i].name));
}

static void test_unknown_column(void **state)
{
	size_t ids[TABLE_COLUMNS_MAX];
	char unknown[64];

	(void)state;
	assert_int_equal(table_columns(&object_table, "NAME,NAM", ids, unknown), 0);
	assert_string_equal(unknown, "NAM");
	assert_int_equal(table_columns(&object_table, "NAME,", ids, unknown), 0);
	assert_string_equal(unknown, "");
	assert_int_equal(table_columns(&object_table, "", ids, unknown), 0);
	assert_int_equal(table_columns(&object_table, "+", ids, unknown), 0);
	assert_int_equal(table_columns(&object_table, "pid,PID", ids, unknown), 2);
	assert_int_equal(ids[0], ids[1]);
	/* more than the buffer can hold */
	assert_int_equal(table_columns(&object_table,
		"PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,"
		"PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID,PID", ids, unknown), 0);
}

static void test_nothing(void **state)
{
	Pram__Result *full = result;

	(void)state;
	result = PB_NEW(Result);
	print_of("list");
	assert_string_equal(printed, "");
	print_of("report");
	assert_string_equal(printed, "Nothing was restored in this boot.\n");
	pb_free(result);
	result = full;
}

static void test_report(void **state)
{
	Pram__Report *r = PB_NEW(Report);

	(void)state;
	pb_str(&r->name, "redis.service");
	pb_set(r, pid, 5);
	pb_set(r, outage_usec, 12345678);
	pb_set(r, dump_usec, 99999);
	pb_set(r, pages, 300);
	pb_set(r, copied_pages, 44);
	pb_append_msg(&result->n_reports, &result->reports, r);
	args.output = "NAME,OUTAGE,DUMP,IN-PLACE,COPIED,IMAGES";
	print_of("report");
	assert_string_equal(printed,
		"NAME          OUTAGE DUMP IN-PLACE COPIED IMAGES\n"
		"redis.service  12.3s 0.0s     1.0M 176.0K\n");
}

static Pram__Report *kept(const char *name, uint64_t frozen_usec, uint64_t dump_usec, uint64_t kernel_usec)
{
	Pram__Report *r = PB_NEW(Report);

	pb_str(&r->name, name);
	pb_set(r, frozen_realtime_usec, frozen_usec);
	pb_set(r, dump_usec, dump_usec);
	pb_set(r, kernel_usec, kernel_usec);
	return r;
}

/* One that was restored in the kernel that dumped it does not count, nor does a single one. */
static void test_report_span(void **state)
{
	Pram__Result *full = result;

	(void)state;
	result = PB_NEW(Result);
	args.output = "NAME";
	pb_append_msg(&result->n_reports, &result->reports, kept("here", 1000000, 90000000, 0));
	pb_append_msg(&result->n_reports, &result->reports, kept("a", 50000000, 4000000, 1));
	print_of("report");
	assert_string_equal(printed, "NAME\nhere\na\n");
	pb_append_msg(&result->n_reports, &result->reports, kept("b", 51000000, 3500000, 1));
	pb_append_msg(&result->n_reports, &result->reports, kept("c", 52000000, 1000000, 1));
	print_of("report");
	assert_string_equal(printed, "NAME\nhere\na\nb\nc\n\n"
				     "From the first freeze until all 3 dumps were complete: 4.5 s\n");
	args.no_headings = true;
	print_of("report");
	assert_string_equal(printed, "here\na\nb\nc\n");
	args.no_headings = false;
	pb_free(result);
	result = full;
}

static void test_kexec(void **state)
{
	(void)state;
	print_of("kexec-reboot");
	has_line("  gone ended        9");
	has_line("Failed checks:");
	has_line("  PASS CHECK      DETAIL");
	has_line("  NO   tree       gone: it has ended");
}

/* --- the completion --------------------------------------------------------------------------- */

static char *words[8];

static void print_complete(void)
{
	assert_int_equal(args.verb->run(&args), 0);
}

static void complete(const char *a, const char *b, const char *c, const char *d)
{
	const char *given[] = { a, b, c, d };

	args.verbs = &all_verbs;
	args.verb = verb_find(&all_verbs, "complete");
	args.operands.items = words;
	for (args.operands.n = 0; args.operands.n < 4 && given[args.operands.n]; args.operands.n++)
		words[args.operands.n] = (char *)given[args.operands.n];
	capture(print_complete);
}

static void test_complete(void **state)
{
	(void)state;
	complete("", NULL, NULL, NULL);
	for (size_t i = 0; i < all_verbs.n; i++)
		assert_int_equal(!strstr(printed, all_verbs.items[i].name), all_verbs.items[i].hidden);
	has_line("--version");
	complete("list", "", NULL, NULL);
	has_line("--no-headings");
	assert_null(strstr(printed, "--version"));
	complete("kexec-reboot", "--kernel", "", NULL);
	assert_string_equal(printed, "/file\n");
	complete("kexec-reboot", "--kernel", "list", "--dr");
	has_line("--dry-run");
	complete("--socket", "list", "register", "");
	has_line("--pid");
	complete("register", "x", "--pid", "");
	assert_string_equal(printed, "/pid\n");
	complete("enable", "a", "", NULL);
	has_line("/unit");
	complete("report", "-o", "NAME,", NULL);
	has_line("NAME,OUTAGE");
	assert_null(strstr(printed, "SLICE"));
	complete("help", "", NULL, NULL);
	has_line("kexec-reboot");
	complete("help", "list", "", NULL);
	assert_null(strstr(printed, "kexec-reboot"));
}

static void print_help(void)
{
	help_verb(verb_find(&all_verbs, "report"), stdout);
}

static void test_help(void **state)
{
	(void)state;
	capture(print_help);
	has_line("Usage: pramctl report [OPTION...]");
	has_line("  -o, --output COLUMN,...   columns to print; +COLUMN,... adds to the default ones");
	has_line("  OUTAGE                    from the freeze until the processes ran again");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_list), TEST(test_columns), TEST(test_unknown_column), TEST(test_nothing),
		TEST(test_report), TEST(test_report_span), TEST(test_kexec), TEST(test_complete), TEST(test_help),
	};

	return run_group("what pramctl prints", tests);
}
