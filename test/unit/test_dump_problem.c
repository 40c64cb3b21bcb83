// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which processes pramctl register and checkpoint refuse, with real processes: this one, its child
 * and its grandchild.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "dump/dump.h"
#include "dump/state.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "pb.h"
#include "proc.h"
#include "test.h"

static struct {
	struct manager m;
	Pram__Registry registry;
	Pram__Tree tree;
	Pram__Tree *trees[1];
	pid_t child;
	pid_t grandchild;
	struct reason_told told;
	const char *cgroup;		/* of all processes */
	uint32_t main_pid;		/* of u.service */
	bool enabled;			/* u.service is */
	uint64_t available;		/* memory */
	Pram__Code code;		/* with which the dump was refused */
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int __wrap_proc_cgroup(uint32_t pid, char **ret);
uint64_t __wrap_proc_mem_available(void);

int __wrap_proc_cgroup(uint32_t pid, char **ret)
{
	(void)pid;
	*ret = strdup(t.cgroup);
	return *ret ? 0 : -ENOMEM;
}

uint64_t __wrap_proc_mem_available(void)
{
	return t.available;
}

int unit_info_read(const char *name, struct unit_info *info)
{
	assert_string_equal(name, "u.service");
	memset(info, 0, sizeof(*info));
	info->main_pid = t.main_pid;
	return 0;
}

void unit_info_deinit(struct unit_info *info)
{
	(void)info;
}

int units_kept(const struct conf *c, struct kept_unit **ret, size_t *ret_n)
{
	static struct kept_unit unit = { .name = (char *)"u.service" };

	assert_ptr_equal(c, &t.m.conf);
	*ret = &unit;
	*ret_n = t.enabled;
	return 0;
}

void units_kept_free(struct kept_unit *v, size_t n)
{
	(void)v;
	(void)n;
}

struct ckpt *ckpt_find(struct manager *m, const char *name)
{
	(void)m;
	(void)name;
	return NULL;
}

int steps_refuse(struct steps *s, Pram__Code code, const char *fmt, ...)
{
	(void)s;
	fail_msg("refused for another reason: code %d, %s", code, fmt);
	return 0;
}

int steps_refuse_told(struct steps *s, Pram__Code code, const struct reason_told *told)
{
	(void)s;
	t.told = *told;
	t.code = code;
	return -ECANCELED;
}

/* --- the processes ------------------------------------------------------------------------ */

static void sleep_for_ever(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int setup(void **state)
{
	int fds[2];

	(void)state;
	memset(&t, 0, sizeof(t));
	t.cgroup = "/user.slice/user-0.slice/session-1.scope";
	t.available = UINT64_MAX;
	pram__registry__init(&t.registry);
	pram__tree__init(&t.tree);
	t.trees[0] = &t.tree;
	t.tree.name = (char *)"a";
	t.registry.trees = t.trees;
	t.m.registry = &t.registry;
	assert_int_equal(pipe(fds), 0);
	t.child = fork();
	if (!t.child) {
		pid_t pid = fork();

		if (!pid)
			sleep_for_ever();
		if (pid < 0 || write(fds[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		sleep_for_ever();
	}
	assert_int_equal(read(fds[0], &t.grandchild, sizeof(t.grandchild)), sizeof(t.grandchild));
	close(fds[0]);
	close(fds[1]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kill(t.child, SIGKILL);
	return waitpid(t.child, NULL, 0) != t.child;
}

static void registers(pid_t pid)
{
	struct proc_stat st;

	assert_int_equal(proc_stat_read((uint32_t)pid, &st), 0);
	pb_set(&t.tree, pid, (uint32_t)pid);
	pb_set(&t.tree, starttime, st.starttime);
	t.registry.n_trees = 1;
}

static bool refuses(const struct dump_candidate *c)
{
	return dump_problem(&t.m, c, &t.told);
}

static void refused(const struct dump_candidate *c, const char *reason, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	assert_true(refuses(c));
	assert_string_equal(t.told.name, reason);
	assert_non_null(strstr(t.told.text, text));
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_none(void **state)
{
	struct dump_candidate c = { .pid = (uint32_t)t.child };

	(void)state;
	assert_false(refuses(&c));
	c.anew = true;
	assert_false(refuses(&c));
}

/* A checkpoint of a registered tree itself is possible, a second registration is not. */
static void test_twice(void **state)
{
	struct dump_candidate c = { .pid = (uint32_t)t.child };

	(void)state;
	registers(t.child);
	assert_false(refuses(&c));
	c.anew = true;
	refused(&c, "process-registered", "process %d is registered already, as a", t.child);
}

static void test_nested(void **state)
{
	struct dump_candidate c = { .pid = (uint32_t)t.grandchild };

	(void)state;
	for (c.anew = false;; c.anew = true) {
		registers(t.child);
		c.pid = (uint32_t)t.grandchild;
		refused(&c, "process-registered", "process %d belongs to the registered tree a",
			t.grandchild);
		registers(t.grandchild);
		c.pid = (uint32_t)t.child;
		refused(&c, "process-registered",
			"the registered tree a is a part of the tree of process %d", t.child);
		if (c.anew)
			break;
	}
}

/* The PID of a registered tree that has ended says nothing. */
static void test_ended(void **state)
{
	struct dump_candidate c = { .pid = (uint32_t)t.child, .anew = true };

	(void)state;
	registers(t.child);
	t.tree.starttime++;
	assert_false(refuses(&c));
	c.starttime = t.tree.starttime;
	refused(&c, "process-missing", "its PID now belongs to another process");
}

static void test_service(void **state)
{
	static const char *const groups[] = {
		"/system.slice/u.service", "/system.slice/u.service/below",
	};
	struct dump_candidate c = { .pid = (uint32_t)t.child };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		t.cgroup = groups[i];
		t.main_pid = (uint32_t)t.child;
		refused(&c, "process-of-service",
			"process %d is the main process of u.service: use pramctl enable", t.child);
		/* another process of a service that is not kept */
		t.main_pid = 1;
		assert_false(refuses(&c));
		t.enabled = true;
		refused(&c, "process-of-service", "process %d belongs to u.service, which is enabled",
			t.child);
		/* the dump of the unit itself */
		c.unit = true;
		assert_false(refuses(&c));
		c.unit = false;
		t.enabled = false;
	}
}

/* With --leave-running there has to be room for a copy. */
static void test_room(void **state)
{
	struct dump_candidate c = { .pid = (uint32_t)t.child, .runs_on = true };

	(void)state;
	assert_false(refuses(&c));
	t.available = 1;
	refused(&c, "copy-memory", "would run on with a copy of their memory");
	c.runs_on = false;
	assert_false(refuses(&c));
	c.runs_on = true;
	t.available = 0;	/* not known */
	assert_false(refuses(&c));
}

static void test_caller(void **state)
{
	struct dump_candidate c = { .pid = (uint32_t)t.child, .client_pid = (uint32_t)t.grandchild };

	(void)state;
	refused(&c, "process-unsuitable", "is the caller or one of its ancestors");
	c.pid = (uint32_t)getpid();
	refused(&c, "process-unsuitable", "is pramd or one of its ancestors");
	c.pid = 1;
	refused(&c, "process-unsuitable", "cannot be kept");
}

/* CRIU itself would only say that it cannot load the plugin. */
static void test_old_criu(void **state)
{
	struct job job = {};
	struct dump d = {
		.m = &t.m, .job = &job, .name = (char *)"a", .pid = (uint32_t)t.child,
	};

	(void)state;
	assert_int_equal(dump_check(&d), STEP_DONE);
	t.m.criu_version = (char *)"4.1.1";
	assert_int_equal(dump_check(&d), STEP_DONE);
	t.m.criu_version = (char *)"3.17.1";
	assert_int_equal(dump_check(&d), -ECANCELED);
	assert_int_equal(t.code, PRAM__CODE__CODE_REFUSED);
	assert_string_equal(t.told.name, "criu-version");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, setup, teardown),
		cmocka_unit_test_setup_teardown(test_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nested, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(test_service, setup, teardown),
		cmocka_unit_test_setup_teardown(test_room, setup, teardown),
		cmocka_unit_test_setup_teardown(test_caller, setup, teardown),
		cmocka_unit_test_setup_teardown(test_old_criu, setup, teardown),
	};

	return run_group("dump_problem", tests);
}
