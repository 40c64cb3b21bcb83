// SPDX-License-Identifier: GPL-2.0-only
/* The table of reasons, and the patterns that capture parts of a program's output. */
#include <string.h>

#include "criu/log_match.h"
#include "reasons.h"
#include "str.h"
#include "test.h"
#include "criu/tool_reason.h"

static void test_table(void **state)
{
	static const char *const placeholders[] = { "{process}", "{this-process}", "{fd}", "{path}",
						    "{log}" };

	(void)state;
	for (unsigned int i = 0; i < REASONS; i++) {
		const struct reason *r = &reasons[i];
		size_t n = strlen(r->name);
		int depth = 0;

		assert_true(n && n < 32 && strspn(r->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == n);
		assert_ptr_equal(reason_find(r->name), r);	/* names are unique */
		assert_int_not_equal(r->sentence[strlen(r->sentence) - 1], '.');
		assert_int_equal(r->remedy[strlen(r->remedy) - 1], '.');
		for (const char *p = r->sentence; *p; p++) {
			unsigned int k = 0;

			depth += (*p == '[') - (*p == ']');
			assert_true(depth == 0 || depth == 1);
			while (*p == '{' && k < ARRAY_SIZE(placeholders) && !str_after(p, placeholders[k]))
				k++;
			assert_true(k < ARRAY_SIZE(placeholders));
		}
		assert_int_equal(depth, 0);
	}
	assert_null(reason_find("no-such"));
	assert_null(reason_find(""));
}

/* Formats each reason with no details and with all details: no placeholder of the template may remain. */
static void test_sentences(void **state)
{
	struct reason_object all = { .pid = 812, .comm = "redis", .fd = 6, .path = "/p", .log = "/l" };
	struct reason_told told;

	(void)state;
	for (unsigned int i = 0; i < REASONS; i++) {
		reason_tell(i, NULL, &told);
		assert_string_equal(told.name, reasons[i].name);
		assert_null(strpbrk(told.text, "{}[]"));
		assert_null(strstr(told.text, "  "));
		reason_tell(i, &all, &told);
		assert_null(strpbrk(told.text, "{}[]"));
		assert_true(!!strstr(reasons[i].sentence, "process}") == !!strstr(told.text, "812 (redis)"));
		assert_true(!!strstr(reasons[i].sentence, "{path}") == !!strstr(told.text, "/p"));
	}
	reason_tell(REASON_BLOCK_DEVICE, &all, &told);
	assert_string_equal(told.text,
			    "process 812 (redis) has a block device open: /p (descriptor 6)");
	all.comm[0] = 0;
	all.fd = -1;
	reason_tell(REASON_BLOCK_DEVICE, &all, &told);
	assert_string_equal(told.text, "process 812 has a block device open: /p");
	reason_tell(REASON_BLOCK_DEVICE, NULL, &told);
	assert_string_equal(told.text, "a process has a block device open");
	reason_tell(REASON_CRIU_DUMP, NULL, &told);
	assert_string_equal(told.text, "CRIU cannot dump this process");
}

static void test_long_text(void **state)
{
	struct reason_object o = REASON_OBJECT_INIT;
	struct reason_told told;
	char log[2 * REASON_TEXT_MAX], path[1000];

	(void)state;
	memset(log, 'l', sizeof(log));
	log[sizeof(log) - 1] = 0;
	o.log = log;
	reason_tell(REASON_CRIU_DUMP, &o, &told);
	assert_int_equal(strlen(told.text), REASON_TEXT_MAX - 1);
	/* a path is cut at the front, because its end is more useful */
	memset(path, 'a', sizeof(path));
	memcpy(path + sizeof(path) - 4, "/end", 4);
	reason_set_path(&o, path, sizeof(path));
	assert_int_equal(strlen(o.path), REASON_PATH_MAX - 1);
	assert_non_null(str_after(o.path, "...aaa"));
	assert_string_equal(o.path + strlen(o.path) - 4, "/end");
	reason_set_path(&o, path, REASON_PATH_MAX - 1);
	assert_non_null(str_after(o.path, "aaa"));
	reason_set_path(&o, path, REASON_PATH_MAX);
	assert_non_null(str_after(o.path, "...aaa"));
	/* cut in the middle of a character */
	for (size_t i = 0; i < sizeof(path); i += 2)
		memcpy(path + i, "\303\244", 2);
	reason_set_path(&o, path, 999);
	assert_true(utf8_valid(o.path, strlen(o.path)));
	reason_set_path(&o, "\033[31m\r\n\177\200x", 10);
	assert_string_equal(o.path, "?[31m????x");
}

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool is;
		uint32_t pid;
		int fd;
		const char *path;
	} cases[] = {
		{ "Can't", "Can't do", true, 0, -1, "" },
		{ "Can't", "Can", false, 0, -1, "" },
		{ "", "", true, 0, -1, "" },
		{ "abc$", "abc", true, 0, -1, "" },
		{ "abc$", "abcd", false, 0, -1, "" },
		{ "task {pid} x", "task 12 x", true, 12, -1, "" },
		{ "task {pid} x", "task -12 x", false, 0, -1, "" },
		{ "task {pid}", "task ", false, 0, -1, "" },
		{ "task {pid}", "task 99999999999999999999", false, 0, -1, "" },
		{ "fd={fd} path={path}", "fd=3 path=/a b", true, 0, 3, "/a b" },
		/* a path that contains the text that follows the path in the pattern */
		{ "File {path} has bad size ", "File /a has bad size 1 has bad size 5", true, 0, -1,
		  "/a has bad size 1" },
		{ "open {path}: No$", "open /x: No", true, 0, -1, "/x" },
		{ "open {path}: No$", "open /x: Now", false, 0, -1, "" },
		{ "open {path}: No$", "open /x: No: No", true, 0, -1, "/x: No" },
		{ "a {*} b {pid}", "a [x y] b 7", true, 7, -1, "" },
		{ "a {*} b {pid}", "a b 7", false, 0, -1, "" },
		{ "{*}: Out$", "anything: Out", true, 0, -1, "" },
		{ "{path})$", "x)", true, 0, -1, "x" },
		{ "{path})$", "", false, 0, -1, "" },
		/* nothing is captured if a part does not match */
		{ "fd={fd} path={path} end", "fd=3 path=/a", false, 0, -1, "" },
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct reason_object o = REASON_OBJECT_INIT;

		assert_int_equal(log_match(cases[i].pattern, cases[i].text, &o), cases[i].is);
		assert_int_equal(o.pid, cases[i].pid);
		assert_int_equal(o.fd, cases[i].fd);
		assert_string_equal(o.path, cases[i].path);
	}
}

/* --- other programs ----------------------------------------------------------------------- */

static void test_tools(void **state)
{
	static const struct {
		enum tool tool;
		int status;
		const char *output, *name;
	} cases[] = {
		{ TOOL_KEXEC, 255, "kexec_load failed: Address already in use\nentry       = 0x1",
		  "kexec-overlap" },
		{ TOOL_KEXEC, 255, "kexec_file_load failed: Required key not available",
		  "kexec-signature" },
		{ TOOL_KEXEC, 255, "kexec_file_load failed: Key was rejected by service",
		  "kexec-signature" },
		{ TOOL_KEXEC, 255, "kexec_load failed: Operation not permitted", "kexec-denied" },
		{ TOOL_KEXEC, 255, "Cannot open `/boot/x': No such file or directory", "kexec-file" },
		{ TOOL_KEXEC, 255, "Cannot determine the file type of /boot/x", "kexec-format" },
		{ TOOL_KEXEC, 255, "hm\nCould not find a free area of memory of 0x1 bytes...",
		  "kexec-memory" },
		{ TOOL_KEXEC, 255, "kexec_file_load failed: Cannot allocate memory", "kexec-memory" },
		{ TOOL_KEXEC, 255, "kexec_load failed: Device or resource busy", "kexec-busy" },
		{ TOOL_KEXEC, 255, "something else", "kexec-load" },
		{ TOOL_KEXEC, 255, "", "kexec-load" },
		{ TOOL_KEXEC, 127, "kexec: No such file or directory", "program-missing" },
		{ TOOL_SYSTEMCTL_KEXEC, 1, "Failed to start kexec.target: Unit is masked.",
		  "systemctl-kexec" },
		{ TOOL_RELOAD, 1, "Failed to reload daemon: Access denied", "systemd-reload" },
		{ TOOL_SAVE, 2, "tar: /x: file changed as we read it", "files-save" },
		{ TOOL_SAVE, 2, "tar: /x: Cannot write: No space left on device", "no-space" },
		{ TOOL_SAVE, 2, "tar: fork: Cannot allocate memory", "out-of-memory" },
		{ TOOL_SAVE, 127, "tar: No such file or directory", "program-missing" },
		/* an error about a file, not about the program */
		{ TOOL_SAVE, 2, "tar: x: No such file or directory", "files-save" },
		{ TOOL_LOAD, 2, "tar: x: Cannot open: File exists", "files-restore" },
		{ TOOL_CRIU_CHECK, 1, "Looks bad.", "criu-check" },
	};
	struct reason_told told;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spawn_result result = { .status = cases[i].status, .output = cases[i].output };

		tool_tell(cases[i].tool, &result, &told);
		assert_string_equal(told.name, cases[i].name);
		assert_null(strstr(told.text, "0x1"));
	}
}

/* CRIU has failed before it wrote a log. */
static void test_criu_not_run(void **state)
{
	static const struct {
		int status;
		bool timed_out;
		const char *output, *name;
	} cases[] = {
		{ 127, false, "/usr/sbin/criu: No such file or directory", "program-missing" },
		{ 127, false, "cannot enter the unit's namespaces: Operation not permitted", "sandbox" },
		{ 127, false, "cannot open the unit's namespaces: Permission denied", "sandbox" },
		{ 127, false, "process 77 has made a user namespace: its mount namespace does not belong to it",
		  "user-namespace" },
		{ 1, false, "Failed to start transient scope unit: Unit exists", "scope" },
		{ 203, false, "Failed to execute criu: No such file or directory", "program-missing" },
		{ 1, false, "raw \033[31mtext", "criu-restore" },
		{ 1, false, "", "criu-restore" },
		{ 137, true, "", "criu-timeout" },
	};
	struct reason_told told;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct spawn_result result = { .status = cases[i].status, .output = cases[i].output,
					       .timed_out = cases[i].timed_out };

		criu_tell(&result, "/nonexistent/restore.log", CRIULOG_RESTORE, NULL, &told);
		assert_string_equal(told.name, cases[i].name);
		assert_null(strstr(told.text, "raw"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table), cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_long_text), cmocka_unit_test(test_match),
		cmocka_unit_test(test_tools), cmocka_unit_test(test_criu_not_run),
	};

	return run_group("reasons", tests);
}
