// SPDX-License-Identifier: GPL-2.0-only
/* PRAM_TEST_STEP: the syntax of faults, when they are honoured, and where they are triggered. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/step_fault.h"
#include "test.h"

static void test_good(void **state)
{
	struct step_fault f;

	(void)state;
	assert_int_equal(step_fault_parse("checkpoint:store-images:before:fail", &f), 0);
	assert_string_equal(f.table, "checkpoint");
	assert_string_equal(f.step, "store-images");
	assert_false(f.after);
	assert_int_equal(f.kind, STEP_FAULT_FAIL);
	assert_int_equal(step_fault_parse("kexec-reboot:start-kexec:after:stop", &f), 0);
	assert_string_equal(f.table, "kexec-reboot");
	assert_string_equal(f.step, "start-kexec");
	assert_true(f.after);
	assert_int_equal(f.kind, STEP_FAULT_STOP);
	/* the longest possible name */
	assert_int_equal(step_fault_parse("0123456789012345678901234567890:s:after:fail", &f), 0);
	assert_int_equal(strlen(f.table), STEP_NAME_MAX);
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"", ":", "checkpoint", "checkpoint:criu", "checkpoint:criu:before",
		"checkpoint:criu:before:", "checkpoint:criu::fail", ":criu:before:fail",
		"checkpoint::before:fail", "checkpoint:criu:during:fail", "checkpoint:criu:before:die",
		"checkpoint:criu:before:fail:", "checkpoint:criu:before:fail:x",
		"checkpoint:criu:Before:fail", "checkpoint:criu:before:stop ",
		"01234567890123456789012345678901:s:after:fail",
		"s:01234567890123456789012345678901:after:fail",
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		struct step_fault f = { .kind = STEP_FAULT_STOP };

		assert_int_equal(step_fault_parse(bad[i], &f), -EINVAL);
		assert_int_equal(f.kind, STEP_FAULT_NONE);
	}
}

static void test_environment(void **state)
{
	struct step_fault f = { .kind = STEP_FAULT_STOP };

	(void)state;
	unsetenv("PRAM_TEST");
	setenv("PRAM_TEST_STEP", "checkpoint:criu:before:stop", 1);
	assert_int_equal(step_fault_read(&f), 0);
	assert_int_equal(f.kind, STEP_FAULT_NONE);
	setenv("PRAM_TEST", "0", 1);
	assert_int_equal(step_fault_read(&f), 0);
	assert_int_equal(f.kind, STEP_FAULT_NONE);
	setenv("PRAM_TEST", "1", 1);
	assert_int_equal(step_fault_read(&f), 0);
	assert_int_equal(f.kind, STEP_FAULT_STOP);
	setenv("PRAM_TEST_STEP", "checkpoint:criu", 1);
	assert_int_equal(step_fault_read(&f), -EINVAL);
	assert_int_equal(f.kind, STEP_FAULT_NONE);
	setenv("PRAM_TEST_STEP", "", 1);
	assert_int_equal(step_fault_read(&f), 0);
	unsetenv("PRAM_TEST_STEP");
	assert_int_equal(step_fault_read(&f), 0);
	assert_int_equal(f.kind, STEP_FAULT_NONE);
}

static void test_fires_once(void **state)
{
	struct step_fault f;

	(void)state;
	assert_int_equal(step_fault_fire(NULL, "t", "s", false), STEP_FAULT_NONE);
	assert_int_equal(step_fault_parse("t:s:after:fail", &f), 0);
	assert_int_equal(step_fault_fire(&f, "t", "s", false), STEP_FAULT_NONE);
	assert_int_equal(step_fault_fire(&f, "t", "s2", true), STEP_FAULT_NONE);
	assert_int_equal(step_fault_fire(&f, "t2", "s", true), STEP_FAULT_NONE);
	assert_int_equal(step_fault_fire(&f, "t", "s", true), STEP_FAULT_FAIL);
	assert_int_equal(step_fault_fire(&f, "t", "s", true), STEP_FAULT_NONE);
}

static void test_stops(void **state)
{
	struct step_fault f;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(step_fault_parse("t:s:before:stop", &f), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		step_fault_fire(&f, "t", "s", false);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* pramd goes on when it is continued, and the step does not fail. */
static void test_holds(void **state)
{
	struct step_fault f;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(step_fault_parse("t:s:before:hold", &f), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(step_fault_fire(&f, "t", "s", false) == STEP_FAULT_NONE ? 7 : 8);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_fires_once),
		cmocka_unit_test(test_stops),
		cmocka_unit_test(test_holds),
	};

	return run_group("step_fault", tests);
}
