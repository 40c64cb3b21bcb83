// SPDX-License-Identifier: GPL-2.0-only
/* The namespaces that root enters, and what it finds there. This test must run as root. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "namespaces.h"
#include "test.h"

#define NOBODY 65534
#define DEV makedev(1, 3)

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int nothing(void)
{
	return 0;
}

static int user_by_nobody(void)
{
	return setgid(NOBODY) < 0 || setuid(NOBODY) < 0 || unshare(CLONE_NEWUSER) < 0;
}

static int user_and_mount_by_nobody(void)
{
	return user_by_nobody() || unshare(CLONE_NEWNS) < 0;
}

/* Does what systemd does for PrivateUsers=. */
static int user_by_root(void)
{
	return unshare(CLONE_NEWUSER);
}

static int user_and_mount_by_root(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS);
}

static bool put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	close(fd);
	return ok;
}

/* A process whose user is not mapped in its user namespace cannot create another one. */
static int map_root(void)
{
	return put("/proc/self/uid_map", "0 0 1") && put("/proc/self/setgroups", "deny") &&
	       put("/proc/self/gid_map", "0 0 1") ? 0 : -1;
}

static int user_in_user(void)
{
	return unshare(CLONE_NEWUSER) < 0 || map_root() < 0 || unshare(CLONE_NEWUSER) < 0;
}

static int sandbox(void)
{
	return unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET) < 0 ||
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	       mount("tmpfs", "/dev", "tmpfs", 0, NULL) < 0 || mknod("/dev/pram", S_IFCHR | 0600, DEV) < 0;
}

static int own_proc(void)
{
	return sandbox() || mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0 ||
	       mkdir("/proc/1", 0755) < 0 || mkdir("/proc/1/root", 0755) < 0;
}

static int part_of_proc(void)
{
	return sandbox() || mount("/proc/self", "/proc", NULL, MS_BIND, NULL) < 0;
}

static int other_device(void)
{
	return sandbox() || unlink("/dev/pram") < 0 ||
	       mknod("/dev/pram", S_IFCHR | 0600, makedev(1, 5)) < 0;
}

static int fifo_for_device(void)
{
	return sandbox() || unlink("/dev/pram") < 0 || mkfifo("/dev/pram", 0600) < 0;
}

static void expect(int (*set_up)(void), const char *problem, int opened)
{
	struct ns ns = NS_NONE;
	char buf[256];
	const char *said;
	pid_t pid = child_start(set_up);
	int r;

	assert_true(pid > 0);
	said = ns_problem((uint32_t)pid, buf, sizeof(buf));
	r = ns_open((uint32_t)pid, &ns);
	ns_close(&ns);
	end(pid);
	if (!problem) {
		assert_null(said);
	} else {
		assert_non_null(said);
		assert_non_null(strstr(said, problem));
	}
	assert_int_equal(r, opened);
}

static void test_whose(void **state)
{
	(void)state;
	expect(nothing, NULL, 0);
	expect(sandbox, NULL, 0);
	expect(user_by_root, NULL, 0);
	expect(user_by_nobody, "its user namespace", 0);
	expect(user_and_mount_by_nobody, "its user namespace", -EPERM);
	expect(user_and_mount_by_root, "its mount namespace", -EPERM);
	expect(user_in_user, "its user namespace", 0);
}

static void test_gone(void **state)
{
	struct ns ns = NS_NONE;
	char buf[256];
	pid_t pid = child_start(nothing);

	(void)state;
	end(pid);
	assert_int_equal(ns_open((uint32_t)pid, &ns), -ENOENT);
	assert_non_null(strstr(ns_problem((uint32_t)pid, buf, sizeof(buf)), "cannot be examined"));
	for (size_t i = 0; i < NS_COUNT; i++)
		assert_int_equal(ns.fds[i], -1);
}

/* Enters in a child process. Returns 0 if it finds what it should, or the error. */
static int enter(pid_t pid, const char **ret_what)
{
	static char shared_what[64];
	struct ns ns = NS_NONE;
	int fds[2], status;
	ssize_t n;
	pid_t child;

	assert_int_equal(ns_open((uint32_t)pid, &ns), 0);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child) {
		const char *what = "";
		struct stat before, after;
		int r;

		if (chdir("/tmp") < 0 || stat(".", &before) < 0)
			_exit(100);
		r = ns_enter(&ns, DEV, &what);
		if (write(fds[1], what, strlen(what)) < 0)
			_exit(101);
		/* /dev/null shows that this is the host's /dev */
		if (!r && (stat(".", &after) < 0 || before.st_ino != after.st_ino ||
			   before.st_dev != after.st_dev || access("/dev/null", F_OK) == 0))
			_exit(102);
		_exit(-r);
	}
	close(fds[1]);
	n = read(fds[0], shared_what, sizeof(shared_what) - 1);
	shared_what[n > 0 ? n : 0] = 0;
	close(fds[0]);
	waitpid(child, &status, 0);
	ns_close(&ns);
	*ret_what = shared_what;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect_enter(int (*set_up)(void), int error, const char *what)
{
	pid_t pid = child_start(set_up);
	const char *said;
	int r;

	assert_true(pid > 0);
	r = enter(pid, &said);
	end(pid);
	assert_int_equal(r, error);
	if (error)
		assert_non_null(strstr(said, what));
}

static void test_enter(void **state)
{
	(void)state;
	expect_enter(sandbox, 0, NULL);
	expect_enter(own_proc, EPERM, "/proc");
	expect_enter(part_of_proc, EPERM, "/proc");
	expect_enter(other_device, EEXIST, "/dev/pram");
	expect_enter(fifo_for_device, EEXIST, "/dev/pram");
}

static void test_text(void **state)
{
	static const char *const bad[] = { "", "1", "1 2 3 4 5 6", "1 2 3 4 5 6 0 8", "a 2 3 4 5 6 0",
					   "1 2 3 4 5 6 0 " };
	struct ns ns = { .fds = { 3, 4, 5, 6, 7 }, .cgroup_procs = -1, .new_ipc = true }, back;
	char text[NS_TEXT_MAX];

	(void)state;
	ns_format(&ns, text);
	assert_int_equal(ns_parse(text, &back), 0);
	assert_memory_equal(back.fds, ns.fds, sizeof(ns.fds));
	assert_int_equal(back.cgroup_procs, -1);
	assert_true(back.new_ipc);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ns_parse(bad[i], &back), -EINVAL);
}

static int run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_enter),
		cmocka_unit_test(test_text),
	};

	return run_group("namespaces", tests);
}

static int wait_for(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/*
 * Runs in a PID namespace with its own /proc. In a container, for example, this test may not have
 * the permission to access the root of the machine's PID 1.
 */
int main(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		perror("unshare");
		return 1;
	}
	pid = fork();
	if (!pid) {
		if (mount("proc", "/proc", "proc", 0, NULL) < 0) {
			perror("mount");
			return 1;
		}
		pid = fork();
		if (pid)
			_exit(wait_for(pid));
		return run();
	}
	/* Use _exit() and not return, because LeakSanitizer needs to find its own process in /proc. */
	_exit(wait_for(pid));
}
