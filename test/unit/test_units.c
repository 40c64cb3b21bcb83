// SPDX-License-Identifier: GPL-2.0-only
/* Functions for units: names, settings, drop-ins, PIDs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dropin.h"
#include "name.h"
#include "pb.h"
#include "pidfloor.h"
#include "unit/slices.h"
#include "str.h"
#include "test.h"
#include "unit/conf.h"

static void test_names(void **state)
{
	static const char *const good[] = { "redis-server.service", "postgresql@15-main.service",
					    "a.service", "dev\\x2dx.service", "a.b@c.d.service" };
	static const char *const bad[] = {
		"", ".service", "redis", "redis.socket", "x@.service", "@x.service", "a/b.service",
		"a b.service", "a\n.service", "redis.service.d",
		"0123456789012345678901234567890123456789012345678901234567.service"
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(unit_name_problem(good[i]));
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(unit_name_problem(bad[i]));
	assert_non_null(unit_name_problem(NULL));
}

static void test_slice_names(void **state)
{
	static const char *const good[] = { "web.slice", "web-front.slice", "a.b.slice", "system.slice" };
	static const char *const bad[] = {
		"", "slice", ".slice", "-.slice", "-a.slice", "a-.slice", "a--b.slice", "web@1.slice",
		"a/b.slice", "web.slice.d", "web.service",
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(good); i++)
		assert_null(slice_name_problem(good[i]));
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		assert_non_null(slice_name_problem(bad[i]));
}

/* Longer than the name of a checkpoint can be. Such a service is found as well, and refused later. */
#define LONG "0123456789012345678901234567890123456789012345678901234567890123.service"

/* Finds the services of a slice and of the slices below it in the control groups. */
static void test_slice_services(void **state)
{
	static const char *const dirs[] = {
		"a.slice", "a.slice/a-b.slice", "a.slice/a-b.slice/one.service", "a.slice/other.service",
		"a.slice/a-b.slice/_memory.service", "a.slice/a-b.slice/a-b-c.slice",
		"a.slice/a-b.slice/a-b-c.slice/x@1.service", "a.slice/a-b.slice/a-b-c.slice/x@1.service/sub",
		"a.slice/a-b.slice/some.scope", "b.service", "a.slice/a-b.slice/" LONG,
	};
	static const char *const wanted[] = { "one.service", "memory.service", "x@1.service", LONG };
	char root[] = "/tmp/pram-slices-XXXXXX", path[256];
	unsigned int seen = 0;
	char **v = NULL;
	size_t n = 0;

	(void)state;
	assert_non_null(mkdtemp(root));
	for (unsigned int i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, dirs[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	assert_int_equal(slice_services(root, "a-b.slice", &v, &n), 0);
	assert_int_equal(n, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < n; i++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(wanted); k++)
			seen += !strcmp(v[i], wanted[k]);
		free(v[i]);
	}
	assert_int_equal(seen, ARRAY_SIZE(wanted));
	free(v);
	v = NULL;
	n = 0;
	assert_int_equal(slice_services(root, "a-none.slice", &v, &n), 0);
	assert_int_equal(n, 0);
	for (size_t i = ARRAY_SIZE(dirs); i--;) {
		snprintf(path, sizeof(path), "%s/%s", root, dirs[i]);
		assert_int_equal(rmdir(path), 0);
	}
	rmdir(root);
}

static void test_conf(void **state)
{
	struct unit_conf uc = { .dump_timeout_usec = 1, .restore_timeout_usec = 2 };
	const char *problem;

	(void)state;
	assert_int_equal(unit_conf_parse(&uc, "# nothing\n\n", &problem), 0);
	assert_false(uc.fresh);
	assert_int_equal(uc.dump_timeout_usec, 1);
	assert_int_equal(unit_conf_parse(&uc, "OnRestoreFailure = fresh\nTCPEstablished=yes\n"
					 "DumpTimeoutSec=7\nRestoreTimeoutSec=8\nBootTimeoutSec=9", &problem), 0);
	assert_true(uc.fresh);
	assert_true(uc.tcp_established);
	assert_int_equal(uc.dump_timeout_usec, 7000000);
	assert_int_equal(uc.restore_timeout_usec, 8000000);
	assert_int_equal(uc.boot_timeout_usec, 9000000);
	assert_int_equal(unit_conf_parse(&uc, "OnRestoreFailure=wait", &problem), 0);
	assert_false(uc.fresh);
	/* the lines before the invalid line have been applied */
	assert_int_equal(unit_conf_parse(&uc, "TCPEstablished=no\nOnRestoreFailure=retry\n"
					 "DumpTimeoutSec=9", &problem), 2);
	assert_string_equal(problem, "neither fresh nor wait");
	assert_false(uc.tcp_established);
	assert_int_equal(uc.dump_timeout_usec, 7000000);
	assert_int_equal(unit_conf_parse(&uc, "ExternalStreams=close\nSettleSec=3", &problem), 0);
	assert_true(uc.close_streams);
	assert_int_equal(uc.settle_usec, 3 * USEC_PER_SEC);
	assert_int_equal(unit_conf_parse(&uc, "ExternalStreams=refuse", &problem), 0);
	assert_false(uc.close_streams);
	assert_int_equal(unit_conf_parse(&uc, "ExternalStreams=keep", &problem), 1);
	assert_string_equal(problem, "neither refuse nor close");
	assert_int_equal(unit_conf_parse(&uc, "TCPEstablished=1", &problem), 1);
	assert_int_equal(unit_conf_parse(&uc, "RestoreTimeoutSec=0", &problem), 1);
	assert_int_equal(unit_conf_parse(&uc, "Nothing=1", &problem), 1);
	assert_int_equal(unit_conf_parse(&uc, "fresh", &problem), 1);
}

/* --- the drop-in -------------------------------------------------------------------------- */

static void test_dropin(void **state)
{
	char name[] = "x.service";
	char *sockets[] = { (char *)"evil\nExecStart=x.socket", (char *)"x.socket", (char *)"evil.service" };
	Pram__Unit u = PRAM__UNIT__INIT;
	char *text;

	(void)state;
	u.name = name;
	pb_set(&u, restore_timeout_usec, 20000000);
	text = dropin_restore_text(&u);
	assert_non_null(text);
	assert_non_null(strstr(text, "\nExecStart=\nExecStart=!/proc/1/root/"));
	assert_non_null(strstr(text, "/pram-unit-restore %n\n"));
	assert_non_null(strstr(text, "\nRestart=no\n"));
	/* of a program that runs as root */
	assert_non_null(strstr(text, "\nEnvironment=\nEnvironmentFile=\nPassEnvironment=\n"));
	assert_non_null(strstr(text, "\nTimeoutStartSec=260\n"));
	/* listing one device would forbid the others */
	assert_null(strstr(text, "DeviceAllow"));
	/* settings that affect the mounts or the owner of directories stay unchanged */
	assert_null(strstr(text, "NoNewPrivileges"));
	assert_null(strstr(text, "\nUser="));
	assert_null(strstr(text, "Watchdog"));
	assert_null(strstr(text, "Wants=x"));
	free(text);
	pb_set(&u, device_policy, 1);
	u.sockets = sockets;
	u.n_sockets = ARRAY_SIZE(sockets);
	text = dropin_restore_text(&u);
	assert_non_null(strstr(text, "\nDeviceAllow=/dev/pram rw\n"));
	assert_non_null(strstr(text, "\n[Unit]\nWants=x.socket\n[Unit]\nWants=pramd.socket\n"));
	assert_null(strstr(text, "evil"));
	assert_non_null(strstr(text, "\nStartLimitBurst=10\n[Service]\nDeviceAllow="));
	free(text);
}

/* The packets of a unit are blocked until it was started, those of a tree until it is restored. */
static void test_net_lock(void **state)
{
	char dir[] = "/tmp/pram-dropins-XXXXXX", command[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(dropin_net_lock(dir, NULL), 0);
	snprintf(command, sizeof(command), "cd %s && find . -mindepth 1 | sort | tr '\n' ' ' | grep -qx "
		 "'./sysinit.target.wants ./sysinit.target.wants/pram-net-lock.service '", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(dropin_net_lock(dir, "x.service"), 0);
	snprintf(command, sizeof(command), "cd %s && test -h multi-user.target.wants/pram-net-release.service && "
		 "grep -qx After=x.service pram-net-release.service.d/x.service.conf", dir);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void test_pid_floor(void **state)
{
	uint32_t few[] = { 2500, 2100 };
	uint32_t high[] = { 4194303, 2500, 3000000 };
	uint32_t ends[] = { 2500, 4194200 };
	uint32_t below[] = { 100, 4194200 };

	(void)state;
	assert_int_equal(pid_floor(NULL, 0, 150), 2000);
	assert_int_equal(pid_floor(NULL, 0, 1800), 3600);
	assert_int_equal(pid_floor(few, 2, 150), 2500);
	assert_int_equal(pid_floor(few, 2, 1800), 3600);
	/* no room above the PIDs: use the longest gap */
	assert_int_equal(pid_floor(high, 3, 150), 2500);
	assert_int_equal(pid_floor(ends, 2, 150), 2500);
	assert_int_equal(pid_floor(below, 2, 150), 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_slice_names),
		cmocka_unit_test(test_slice_services),	  cmocka_unit_test(test_conf),
		cmocka_unit_test(test_dropin), cmocka_unit_test(test_net_lock),
		cmocka_unit_test(test_pid_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
