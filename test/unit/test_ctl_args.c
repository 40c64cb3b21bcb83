// SPDX-License-Identifier: GPL-2.0-only
/* pramctl's command line: the option parser, and the requests that result from it. */
#include <stdio.h>
#include <stdlib.h>

#include "ctl.h"
#include "str.h"
#include "test.h"
#include "verbs.h"

static struct args args;
static char error[ARGS_ERROR_SIZE];

/* Continues parsing into the same args. */
static int parse_more(const char *verb, const char *line)
{
	static char words[256];
	static char *argv[32];
	char *save = NULL, *word;
	int argc = 1;

	args.verb = verb ? verb_find(&all_verbs, verb) : NULL;
	assert_true(!verb || args.verb);
	snprintf(words, sizeof(words), "%s", line);
	argv[0] = "pramctl";
	for (word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	error[0] = 0;
	return args_parse(&args, argc, argv, error);
}

/* Parses the words of @line as arguments of @verb, or without a verb as the words before it. */
static int parse(const char *verb, const char *line)
{
	args_deinit(&args);
	memset(&args, 0, sizeof(args));
	return parse_more(verb, line);
}

static void refused(const char *verb, const char *line, const char *message)
{
	assert_int_equal(parse(verb, line), PRAM__CODE__CODE_USAGE);
	assert_string_equal(error, message);
}

static void test_flags(void **state)
{
	(void)state;
	assert_int_equal(parse("checkpoint", "x --tcp-close --pid 77 --leave-running"), 0);
	assert_true(args.tcp_close);
	assert_true(args.leave_running);
	assert_false(args.tcp_established);
	assert_false(args.shell_job);
	assert_int_equal(args.pid, 77);
	assert_int_equal(args.operands.n, 1);
	assert_string_equal(args.operands.items[0], "x");
}

static void test_arguments(void **state)
{
	(void)state;
	assert_int_equal(parse("kexec-reboot", "--allow-fresh a --kernel=/k --append b=c "
					       "--allow-fresh d --dry-run --json"), 0);
	assert_string_equal(args.kernel, "/k");
	assert_string_equal(args.append, "b=c");
	assert_null(args.initrd);
	assert_int_equal(args.allow_fresh.n, 2);
	assert_string_equal(args.allow_fresh.items[0], "a");
	assert_string_equal(args.allow_fresh.items[1], "d");
	assert_true(args.dry_run);
	assert_true(args.json);
	assert_false(args.reuse_cmdline);
}

static void test_letters(void **state)
{
	(void)state;
	assert_int_equal(parse("list", "-o NAME"), 0);
	assert_string_equal(args.output, "NAME");
	assert_int_equal(parse("list", "-oNAME,STATE"), 0);
	assert_string_equal(args.output, "NAME,STATE");
	/* parsing stops at the verb */
	assert_int_equal(parse("list", "-h --nonsense"), 0);
	assert_true(args.help);
}

static void test_abbreviations(void **state)
{
	(void)state;
	assert_int_equal(parse("list", "--no-head"), 0);
	assert_true(args.no_headings);
	refused("list", "--outp NAME",
		"unknown or ambiguous option '--outp'; see 'pramctl list --help'");
}

static void test_before_the_verb(void **state)
{
	(void)state;
	assert_int_equal(parse(NULL, "--socket /s --json list --no-headings"), 0);
	assert_string_equal(args.socket, "/s");
	assert_true(args.json);
	assert_false(args.no_headings);
	assert_int_equal(args.operands.n, 2);
	assert_string_equal(args.operands.items[0], "list");
	/* then the options of the verb, whose operands replace the first ones */
	assert_int_equal(parse_more("list", "--no-headings"), 0);
	assert_true(args.json);
	assert_true(args.no_headings);
	assert_int_equal(args.operands.n, 0);
	assert_int_equal(parse(NULL, "--version"), 0);
	assert_true(args.version);
	refused(NULL, "--no-headings list",
		"unknown or ambiguous option '--no-headings'; see 'pramctl --help'");
	refused("list", "--version", "unknown or ambiguous option '--version'; see 'pramctl list --help'");
}

static void test_bad_options(void **state)
{
	(void)state;
	refused("list", "--frob", "unknown or ambiguous option '--frob'; see 'pramctl list --help'");
	refused("list", "-x", "unknown option '-x'; see 'pramctl list --help'");
	refused("list", "--json=1", "option '--json' takes no argument; see 'pramctl list --help'");
	refused("list", "-o", "option '--output' needs an argument, COLUMN,...; see 'pramctl list --help'");
	refused("register", "x --pid",
		"option '--pid' needs an argument, PID; see 'pramctl register --help'");
	refused("register", "x --pid 1x",
		"--pid: '1x' is not a process ID; see 'pramctl register --help'");
	refused("register", "x --pid 0",
		"--pid: '0' is not a process ID; see 'pramctl register --help'");
	/* an option that only checkpoint has */
	refused("register", "x --pid 1 --leave-running",
		"unknown or ambiguous option '--leave-running'; see 'pramctl register --help'");
}

static void test_operands(void **state)
{
	(void)state;
	refused("show", "", "NAME is missing; see 'pramctl show --help'");
	refused("show", "a b", "unexpected argument 'b'; see 'pramctl show --help'");
	refused("release", "a", "unexpected argument 'a'; see 'pramctl release --help'");
	refused("enable", "--json", "UNIT is missing; see 'pramctl enable --help'");
	assert_int_equal(parse("enable", "a --json b -- -.slice --json"), 0);
	assert_int_equal(args.operands.n, 4);
	assert_string_equal(args.operands.items[2], "-.slice");
	assert_string_equal(args.operands.items[3], "--json");
}

/* --- requests ------------------------------------------------------------------------------- */

static Pram__Request *request(const char *verb, const char *line)
{
	Pram__Request *req = PB_NEW(Request);

	assert_int_equal(parse(verb, line), 0);
	req->body_case = args.verb->body;
	assert_int_equal(args.verb->request(&args, req), 0);
	return req;
}

static void no_request(const char *verb, const char *line, int code)
{
	Pram__Request *req = PB_NEW(Request);

	assert_int_equal(parse(verb, line), 0);
	req->body_case = args.verb->body;
	assert_int_equal(args.verb->request(&args, req), code);
	pb_free(req);
}

static void test_request_tree(void **state)
{
	Pram__Request *req = request("register", "x --pid 5 --tcp-established --shell-job");

	(void)state;
	assert_int_equal(req->body_case, PRAM__REQUEST__BODY_REGISTER);
	assert_string_equal(req->register_->name, "x");
	assert_int_equal(req->register_->pid, 5);
	assert_true(req->register_->options->tcp_established);
	assert_true(req->register_->options->shell_job);
	assert_false(req->register_->options->has_tcp_close);
	pb_free(req);
	req = request("checkpoint", "x --pid 5 --tcp-close --leave-running");
	assert_int_equal(req->body_case, PRAM__REQUEST__BODY_CHECKPOINT);
	assert_true(req->checkpoint->options->tcp_close);
	assert_true(req->checkpoint->options->leave_running);
	assert_false(req->checkpoint->options->has_shell_job);
	pb_free(req);
	no_request("checkpoint", "x", PRAM__CODE__CODE_USAGE);
	no_request("checkpoint", "a/b --pid 5", PRAM__CODE__CODE_USAGE);
	no_request("checkpoint", "x --pid 5 --tcp-close --tcp-established", PRAM__CODE__CODE_USAGE);
}

static void test_request_restore(void **state)
{
	Pram__Request *req = request("restore", "x");

	(void)state;
	assert_string_equal(req->restore->name, "x");
	assert_false(req->restore->has_all);
	pb_free(req);
	req = request("restore", "--all --boot");
	assert_true(req->restore->all);
	assert_true(req->restore->boot);
	assert_null(req->restore->name);
	pb_free(req);
	no_request("restore", "", PRAM__CODE__CODE_USAGE);
	no_request("restore", "x --all", PRAM__CODE__CODE_USAGE);
	no_request("restore", "x --boot", PRAM__CODE__CODE_USAGE);
	no_request("restore", "--boot", PRAM__CODE__CODE_USAGE);
}

static void test_request_units(void **state)
{
	Pram__Request *req = request("disable", "redis a.slice");

	(void)state;
	assert_int_equal(req->body_case, PRAM__REQUEST__BODY_DISABLE);
	assert_int_equal(req->disable->n_names, 2);
	assert_string_equal(req->disable->names[0], "redis.service");
	assert_string_equal(req->disable->names[1], "a.slice");
	pb_free(req);
}

static void test_request_kexec(void **state)
{
	Pram__Request *req = request("kexec-reboot", "--kernel /proc/self/../self/cmdline --append a=b "
						     "--allow-fresh redis --dry-run");

	(void)state;
	assert_true(req->kexec->dry_run);
	assert_false(req->kexec->has_reuse_cmdline);
	assert_string_equal(req->kexec->append, "a=b");
	assert_null(req->kexec->initrd);
	/* paths become absolute, because pramd has a different working directory */
	assert_null(strstr(req->kexec->kernel, "self"));
	assert_int_equal(req->kexec->n_allow_fresh, 1);
	assert_string_equal(req->kexec->allow_fresh[0], "redis.service");
	pb_free(req);
	no_request("kexec-reboot", "--kernel /nowhere", PRAM__CODE__CODE_REFUSED);
	no_request("kexec-reboot", "--initrd /nowhere", PRAM__CODE__CODE_REFUSED);
}

/* Each verb that sends a request to pramd makes the right kind of request. */
static void test_request_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < all_verbs.n; i++) {
		Pram__Request *req;

		if (!all_verbs.items[i].request)
			continue;
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(all_verbs.items[i].body, all_verbs.items[k].body);
		req = request(all_verbs.items[i].name, !all_verbs.items[i].operand.max ? "" :
					     all_verbs.items[i].operand.value == VALUE_TEXT ? "x --pid 5" : "x");
		assert_int_equal(protobuf_c_message_check(&req->base), 1);
		assert_non_null(req->list);
		pb_free(req);
	}
}

static int teardown(void **state)
{
	(void)state;
	args_deinit(&args);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags), cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_letters), cmocka_unit_test(test_abbreviations),
		cmocka_unit_test(test_before_the_verb), cmocka_unit_test(test_bad_options),
		cmocka_unit_test(test_operands), cmocka_unit_test(test_request_tree),
		cmocka_unit_test(test_request_restore), cmocka_unit_test(test_request_units),
		cmocka_unit_test(test_request_kexec), cmocka_unit_test(test_request_each),
	};

	return cmocka_run_group_tests_name("pramctl's command line", tests, NULL, teardown);
}
