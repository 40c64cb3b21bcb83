// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which units are refused: for their configuration, and for processes that belong to another unit
 * or do not descend from the main one. That is this process's child, which has a child of its own.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/conf.h"
#include "unit/in_use.h"
#include "unit/info.h"
#include "unit/sysv_shm.h"
#include "unit/unix_peers.h"
#include "unit/user_ns.h"
#include "io.h"
#include "namespaces.h"
#include "proc.h"
#include "test.h"

#define CGROUP "/system.slice/u.service"

static struct {
	struct unit_info u;
	pid_t child;
	pid_t grandchild;
	const char *others;	/* the control group of the grandchild */
	char members[64];	/* cgroup.procs of the unit */
	unsigned int foreign_looks;	/* how many looks find this process in the control group */
	unsigned int streams;	/* how many looks find a stream to another process */
	struct unit_conf conf;
	struct reason_told told;
} t;

/* --- what it calls ------------------------------------------------------------------------ */

int __wrap_proc_cgroup(uint32_t pid, char **ret);
int __wrap_read_file(const char *path, size_t max, char **ret, size_t *ret_len);
int __real_read_file(const char *path, size_t max, char **ret, size_t *ret_len);

int __wrap_proc_cgroup(uint32_t pid, char **ret)
{
	*ret = strdup(pid == (uint32_t)t.grandchild ? t.others : CGROUP);
	return *ret ? 0 : -ENOMEM;
}

int __wrap_read_file(const char *path, size_t max, char **ret, size_t *ret_len)
{
	if (strcmp(path, "/sys/fs/cgroup" CGROUP "/cgroup.procs") != 0)
		return __real_read_file(path, max, ret, ret_len);
	if (t.foreign_looks) {
		t.foreign_looks--;
		snprintf(t.members, sizeof(t.members), "%d\n%d\n", t.child, getpid());
	} else if (t.conf.settle_usec) {
		snprintf(t.members, sizeof(t.members), "%d\n%d\n", t.child, t.grandchild);
	}
	*ret = strdup(t.members);
	return *ret ? 0 : -ENOMEM;
}

const char *ns_problem(uint32_t pid, char *buf, size_t size)
{
	(void)pid;
	(void)buf;
	(void)size;
	return NULL;
}

bool sysv_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret)
{
	(void)procs;
	(void)n;
	(void)ret;
	return false;
}

bool inuse_problem(Pram__Process *const *procs, size_t n_procs, struct reason_told *ret)
{
	return sysv_problem(procs, n_procs, ret);
}

bool userns_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret)
{
	return sysv_problem(procs, n, ret);
}

bool unixpeers_problem(Pram__Process *const *procs, size_t n_procs, bool clients,
		       struct reason_told *ret)
{
	(void)procs;
	(void)n_procs;
	(void)clients;
	if (!t.streams)
		return false;
	t.streams--;
	return reason_say(REASON_UNIX_PEER, ret, "it is connected to a socket");
}

/* --- the unit ----------------------------------------------------------------------------- */

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
	t.others = CGROUP;
	t.u = (struct unit_info){
		.id = (char *)"u.service", .load_state = (char *)"loaded", .type = (char *)"simple",
		.active_state = (char *)"active", .cgroup = (char *)CGROUP,
		.main_pid = (uint32_t)t.child,
	};
	snprintf(t.members, sizeof(t.members), "%d\n%d\n", t.child, t.grandchild);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kill(t.child, SIGKILL);
	return waitpid(t.child, NULL, 0) != t.child;
}

static void fine(void)
{
	if (unit_problem(&t.u, &t.conf, true, &t.told))
		fail_msg("it is refused: %s", t.told.text);
}

static void refused(const char *reason, const char *text)
{
	assert_true(unit_problem(&t.u, &t.conf, true, &t.told));
	assert_string_equal(t.told.name, reason);
	assert_non_null(strstr(t.told.text, text));
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_configuration(void **state)
{
	static char *sockets[] = { (char *)"u.socket", NULL };
	static char *const others[] = { (char *)"dbus.service", (char *)"dbus-broker.service",
					(char *)"systemd-networkd.service" };
	static char *fine_paths[] = { (char *)"/run/u.sock", (char *)"/run/u2/sock", (char *)"@u", NULL };
	static char *own_paths[] = { (char *)"@u", (char *)"/run/u/sock", NULL };
	static char *old_paths[] = { (char *)"/var/run/u/sub/sock", NULL };
	static char *directories[] = { (char *)"v", (char *)"u", NULL };
	struct unit_info good = t.u;

	(void)state;
	fine();
	t.u.transient = true;
	refused("unit-transient", "write a unit file");
	t.u = good;
	t.u.load_state = (char *)"not-found";
	refused("unit-missing", "systemd has no such unit");
	t.u = good;
	t.u.type = (char *)"oneshot";
	refused("unit-type", "oneshot");
	t.u.type = (char *)"dbus";
	refused("unit-type", "dbus");
	t.u = good;
	t.u.root_directory = (char *)"/srv";
	refused("unit-root", "RootDirectory=");
	t.u = good;
	t.u.private_pids = (char *)"yes";
	refused("unit-pids", "PrivatePIDs=");
	t.u = good;
	t.u.private_network = true;
	refused("unit-network", "PrivateNetwork=");
	t.u = good;
	t.u.delegate = true;
	refused("unit-delegate", "Delegate=");
	t.u = good;
	t.u.sockets.names = sockets;
	fine();
	t.u.sockets.accept = true;
	refused("unit-socket", "Accept=yes");
	t.u.sockets.accept = false;
	t.u.sockets.special = true;
	refused("unit-socket", "ListenFIFO=");
	t.u.sockets.special = false;
	t.u.sockets.unix_datagrams = true;
	refused("unit-socket", "ListenDatagram=");
	t.u.sockets.unix_datagrams = false;
	t.u.runtime_directory = directories;
	t.u.sockets.paths = fine_paths;
	fine();
	t.u.sockets.paths = own_paths;
	refused("unit-socket", "RuntimeDirectory=");
	t.u.sockets.paths = old_paths;
	refused("unit-socket", "RuntimeDirectory=");
	t.u = good;
	t.u.executable = (char *)"/usr/lib/systemd/systemd-socket-proxyd";
	fine();
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		t.u.id = others[i];
		refused("unit-systemd", "a part of systemd");
	}
	t.u = good;
	t.u.n_stored_fds = 1;
	refused("unit-stored-fds", "FileDescriptorStoreMax=");
	t.u = good;
	t.u.active_state = (char *)"activating";
	refused("unit-starting", "it is still starting");
	assert_false(unit_problem(&t.u, &t.conf, false, &t.told));
}

/* A unit that does not run has no processes to look at. */
static void test_stopped(void **state)
{
	(void)state;
	t.u.active_state = (char *)"inactive";
	t.u.main_pid = 0;
	t.others = "/system.slice/v.service";
	fine();
}

/* As sshd with sessions of users. */
static void test_larger(void **state)
{
	static const char *const others[] = {
		"/user.slice/user-1000.slice/session-3.scope", "/system.slice/u.service2", "/",
	};
	char text[256];

	(void)state;
	t.others = CGROUP "/below";
	fine();
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		t.others = others[i];
		snprintf(text, sizeof(text),
			 "process %d (test_unit_check) descends from its main process %d, but "
			 "belongs to %s",
			 t.grandchild, t.child, strrchr(others[i], '/') + (i < 2));
		refused("unit-tree", text);
	}
}

/* One that has ended and was not reaped is not dumped. */
static void test_zombie(void **state)
{
	struct proc_stat st = {};

	(void)state;
	t.others = "/";
	kill(t.grandchild, SIGKILL);
	for (unsigned int i = 0; i < 500 && st.state != 'Z'; i++) {
		usleep(10000);
		assert_int_equal(proc_stat_read((uint32_t)t.grandchild, &st), 0);
	}
	assert_int_equal(st.state, 'Z');
	fine();
}

static void test_foreign(void **state)
{
	char text[128];

	(void)state;
	snprintf(t.members, sizeof(t.members), "%d\n%d\n", t.child, getpid());
	snprintf(text, sizeof(text), "process %d of it does not descend from its main process %d", getpid(),
		 t.child);
	refused("unit-processes", text);
}

/* As the process of an ExecStartPost= that ends in time. */
static void test_foreign_ends(void **state)
{
	(void)state;
	t.foreign_looks = 8;
	t.conf.settle_usec = 60 * USEC_PER_SEC;
	fine();
	assert_int_equal(t.foreign_looks, 0);
	t.foreign_looks = UINT32_MAX;
	t.conf.settle_usec = 200000;
	refused("unit-processes", "does not descend from its main process");
}

/* A stream that ends in time is no problem, nor is any that may be closed. */
static void test_streams(void **state)
{
	(void)state;
	t.streams = 8;
	t.conf.settle_usec = 60 * USEC_PER_SEC;
	fine();
	assert_int_equal(t.streams, 0);
	t.streams = UINT32_MAX;
	t.conf.settle_usec = 200000;
	refused("unix-peer", "it is connected to a socket");
	t.conf.close_streams = true;
	fine();
}

/* pramctl check shows all reasons, as far as the processes can be looked at. */
static void test_all(void **state)
{
	struct reason_told told[3];

	(void)state;
	t.streams = UINT32_MAX;
	assert_int_equal(unit_problems(&t.u, &t.conf, told, 3), 1);
	assert_string_equal(told[0].name, "unix-peer");
	t.u.delegate = true;
	t.u.private_network = true;
	assert_int_equal(unit_problems(&t.u, &t.conf, told, 3), 3);
	assert_string_equal(told[0].name, "unit-network");
	assert_string_equal(told[1].name, "unit-delegate");
	assert_string_equal(told[2].name, "unix-peer");
	assert_int_equal(unit_problems(&t.u, &t.conf, told, 2), 2);
	/* the processes have another root */
	t.u.root_image = (char *)"/srv/image";
	assert_int_equal(unit_problems(&t.u, &t.conf, told, 3), 3);
	assert_string_equal(told[0].name, "unit-root");
	assert_string_equal(told[2].name, "unit-delegate");
	t.u.private_network = false;
	assert_int_equal(unit_problems(&t.u, &t.conf, told, 3), 2);
	/* a unit that is not there has no other reason */
	t.u.load_state = (char *)"not-found";
	assert_int_equal(unit_problems(&t.u, &t.conf, told, 3), 1);
	assert_string_equal(told[0].name, "unit-missing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_configuration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
		cmocka_unit_test_setup_teardown(test_larger, setup, teardown),
		cmocka_unit_test_setup_teardown(test_zombie, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
		cmocka_unit_test_setup_teardown(test_foreign_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(test_streams, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all, setup, teardown),
	};

	return run_group("unit_check", tests);
}
