// SPDX-License-Identifier: GPL-2.0-only
/* Which processes of a user namespace may run in the host's. Wants to be root, as `make check` is. */
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/user_ns.h"
#include "child.h"
#include "proc.h"
#include "test.h"

static int empty_bounding_set(void)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -1;
	return 0;
}

static int no_new_privs(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Of the calling thread only. */
static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};

	return (int)syscall(SYS_capset, &head, data);
}

static int harmless(void)
{
	return empty_bounding_set() < 0 || no_new_privs() < 0 || drop_capabilities() < 0;
}

/* What the process has it keeps: both are about what it can gain. */
static int keeps_capabilities(void)
{
	return empty_bounding_set() < 0 || no_new_privs() < 0;
}

static int can_gain_by_exec(void)
{
	return empty_bounding_set() < 0 || drop_capabilities() < 0;
}

static int full_bounding_set(void)
{
	return no_new_privs() < 0 || drop_capabilities() < 0;
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

static int map_to(const char *map)
{
	return unshare(CLONE_NEWUSER) < 0 || !put("/proc/self/uid_map", map) ||
	       !put("/proc/self/setgroups", "deny") || !put("/proc/self/gid_map", map) ||
	       harmless();
}

static int same_ids(void)
{
	return map_to("0 0 1");
}

static int other_ids(void)
{
	return map_to("1 0 1");
}

static int no_ids(void)
{
	return unshare(CLONE_NEWUSER) < 0 || harmless();
}

static void *sleep_on(void *arg)
{
	pause();
	return arg;
}

/* The second thread keeps what the first one drops after it was made. */
static int thread_keeps_capabilities(void)
{
	pthread_t thread;

	return empty_bounding_set() < 0 || no_new_privs() < 0 ||
	       pthread_create(&thread, NULL, sleep_on, NULL) != 0 || drop_capabilities() < 0;
}

static void expect(int (*set_up)(void), const char *word)
{
	Pram__Process **procs;
	struct reason_told told;
	bool problem;
	size_t n;
	pid_t pid = child_start(set_up);

	assert_true(pid);
	assert_int_equal(proc_tree((uint32_t)pid, &procs, &n), 0);
	problem = userns_problem(procs, n, &told);
	proc_tree_free(procs, n);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	if (!word) {
		assert_false(problem);
		return;
	}
	assert_true(problem);
	assert_non_null(strstr(told.text, word));
	assert_string_equal(told.name, "unit-private-users");
}

static void test_harmless(void **state)
{
	(void)state;
	expect(harmless, NULL);
	expect(same_ids, NULL);
}

static void test_held(void **state)
{
	(void)state;
	expect(keeps_capabilities, "has capabilities");
	expect(thread_keeps_capabilities, "has capabilities");
}

static void test_gained(void **state)
{
	(void)state;
	expect(can_gain_by_exec, "could gain");
	expect(full_bounding_set, "could gain");
}

static void test_ids(void **state)
{
	(void)state;
	expect(other_ids, "ids differ");
	expect(no_ids, "ids differ");
}

/* A child that was forked before its parent dropped everything. */
static int child_keeps_capabilities(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		pause();
		_exit(1);
	}
	return pid < 0 || harmless();
}

static void test_child(void **state)
{
	(void)state;
	expect(child_keeps_capabilities, "could gain");
}

static void test_gone(void **state)
{
	Pram__Process **procs;
	pid_t pid = child_start(keeps_capabilities);
	struct reason_told told;
	size_t n;

	(void)state;
	assert_true(pid);
	assert_int_equal(proc_tree((uint32_t)pid, &procs, &n), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_false(userns_problem(procs, n, &told));
	proc_tree_free(procs, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_held),
		cmocka_unit_test(test_gained),	 cmocka_unit_test(test_ids),
		cmocka_unit_test(test_child),	 cmocka_unit_test(test_gone),
	};

	return run_group("user_ns", tests);
}
