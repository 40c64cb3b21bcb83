// SPDX-License-Identifier: GPL-2.0-only
/* The files of a unit on a tmpfs, and whose they are. This test must run as root. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pb.h"
#include "test.h"
#include "unit/files.h"

#define DAEMON 1
#define OTHER 2

static char file[] = "/dev/shm/test_unitfiles.XXXXXX";
static Pram__Unit *unit;
static char **paths;
static size_t n;
static char *foreign;

static int setup(void **state)
{
	int fd;

	(void)state;
	if (geteuid())
		return 0;
	strcpy(file + strlen(file) - 6, "XXXXXX");
	fd = mkstemp(file);
	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, OTHER, OTHER), 0);
	assert_int_equal(fchmod(fd, 0666), 0);
	assert_int_equal(ftruncate(fd, 4096), 0);
	close(fd);
	unit = PB_NEW(Unit);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	unlink(file);
	pb_free(unit);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	free(foreign);
	paths = NULL;
	foreign = NULL;
	n = 0;
	return 0;
}

/* Looks at a unit of one process of user @uid, which has the file open with @flags. */
static int look(uid_t uid, int flags, bool mapped)
{
	struct unit_info u = {};
	int ready[2], r;
	pid_t pid;
	char c;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		int fd = open(file, flags | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (mapped && mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			_exit(1);
		if (mapped)
			close(fd);
		if (fd >= 0 && setgid(uid) == 0 && setuid(uid) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	u.main_pid = (uint32_t)pid;
	r = unit_files(&u, unit, &paths, &n, &foreign);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static void need_root(void)
{
	if (geteuid())
		skip();
}

static void is_found(uint32_t owner)
{
	assert_int_equal(n, 1);
	assert_string_equal(paths[0], file + 1);
	assert_int_equal(unit->n_used, 1);
	assert_string_equal(unit->used[0]->path, file + 1);
	assert_int_equal(unit->used[0]->uid, owner);
	assert_null(foreign);
}

static void test_writer(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(look(DAEMON, O_RDWR, false), 0);
	is_found(OTHER);
}

static void test_owner(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(look(OTHER, O_RDONLY, false), 0);
	is_found(OTHER);
}

static void test_root(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(look(0, O_RDONLY, true), 0);
	is_found(OTHER);
}

/* The restore would replace a file of somebody else by an old one. */
static void test_reader(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(look(DAEMON, O_RDONLY, false), -EACCES);
	assert_string_equal(foreign, file + 1);
	assert_int_equal(n, 0);
}

static void test_mapped(void **state)
{
	(void)state;
	need_root();
	assert_int_equal(look(DAEMON, O_RDONLY, true), -EACCES);
	assert_string_equal(foreign, file + 1);
}

/* Before the restore: nobody has another file there. */
static void test_check(void **state)
{
	const char *at = NULL;
	int root;

	(void)state;
	need_root();
	root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(look(OTHER, O_RDWR, false), 0);
	assert_int_equal(unit_files_check(unit, root, &at), 0);
	assert_int_equal(chown(file, 0, 0), 0);
	assert_int_equal(unit_files_check(unit, root, &at), -EPERM);
	assert_string_equal(at, file + 1);
	unlink(file);
	assert_int_equal(unit_files_check(unit, root, &at), 0);
	assert_int_equal(mkdir(file, 0700), 0);
	assert_int_equal(unit_files_check(unit, root, &at), -EPERM);
	rmdir(file);
	close(root);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_writer), T(test_owner), T(test_root), T(test_reader), T(test_mapped), T(test_check),
	};

	return run_group("unitfiles", tests);
}
