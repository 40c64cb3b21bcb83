// SPDX-License-Identifier: GPL-2.0-only
/* Finds open files outside of the mount namespace of a process, and opens them again. Must run as root. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "unit/outside_files.h"
#include "pb.h"
#include "test.h"

static char top[] = "/tmp/test_outside.XXXXXX";

static void sh(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", top, command);
	assert_int_equal(system(line), 0);
}

static const char *path_of(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	strcpy(top + strlen(top) - 6, "XXXXXX");
	assert_non_null(mkdtemp(top));
	sh("mkdir dir mnt && echo 'a log' >dir/log && echo secret >secret && mkfifo fifo");
	return 0;
}

static int teardown(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof(line), "rm -rf %s", top);
	return system(line);
}

/* --- finding ------------------------------------------------------------------------------ */

/*
 * Opens a file on a file system that is not attached anywhere. Relative to the root of that file system, its path is
 * the same as that of "secret", which root must not open instead.
 */
static int open_decoy(void)
{
	char dir[128], path[192];

	snprintf(dir, sizeof(dir), "%s%s", path_of("mnt"), top);
	snprintf(path, sizeof(path), "%s/secret", dir);
	return mount("tmpfs", path_of("mnt"), "tmpfs", 0, NULL) == 0 && mkdir_parents(dir) == 0 ?
		open(path, O_RDWR | O_CREAT, 0600) : -1;
}

/*
 * Like a process of a unit, it has open a log that systemd opened before it created the sandbox, files of the sandbox,
 * and the decoy. Exits with 1 if this cannot be set up.
 */
static void run_child(int ready)
{
	int fd = open(path_of("dir/log"), O_WRONLY | O_APPEND);
	int ok;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* open a file in a namespace with its own file system, then leave that namespace */
	ok = fd >= 0 && lseek(fd, 3, SEEK_SET) == 3 && unshare(CLONE_NEWNS) == 0 &&
	     mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	     open_decoy() >= 0 && unshare(CLONE_NEWNS) == 0 &&
	     /* files of the sandbox */
	     open(path_of("dir/inner"), O_RDWR | O_CREAT, 0600) >= 0 &&
	     open(path_of("dir/log"), O_RDONLY) >= 0;
	if (!ok || write(ready, "", 1) != 1)
		_exit(1);
	pause();
	_exit(1);
}

static const Pram__OutsideFile *find(Pram__OutsideFile *const *list, size_t n, const char *path, size_t *ret_n)
{
	const Pram__OutsideFile *found = NULL;

	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i]->path, path)) {
			found = list[i];
			(*ret_n)++;
		}
	return found;
}

static void check_list(Pram__OutsideFile *const *list, size_t n)
{
	const Pram__OutsideFile *log;
	char id[64];
	struct stat st;
	size_t times;

	assert_int_equal(stat(path_of("dir/log"), &st), 0);
	log = find(list, n, path_of("dir/log"), &times);
	assert_int_equal(times, 1);
	assert_int_equal(log->flags & O_ACCMODE, O_WRONLY);
	assert_true(log->flags & O_APPEND);
	assert_int_equal(log->pos, 3);
	assert_int_equal(log->type, S_IFREG);
	assert_true(log->has_uid && log->has_gid && log->has_mode);
	assert_int_equal(log->mode, st.st_mode & 07777);
	assert_int_equal(strncmp(log->id, "file[", 5), 0);
	snprintf(id, sizeof(id), ":%lx]", (unsigned long)st.st_ino);
	assert_non_null(strstr(log->id, id));
	assert_null(find(list, n, path_of("dir/inner"), &times));
	assert_null(find(list, n, path_of("secret"), &times));
}

static void test_find(void **state)
{
	Pram__Process p = PRAM__PROCESS__INIT, *procs[] = { &p };
	Pram__OutsideFile **list = NULL;
	siginfo_t info;
	size_t n = 0;
	int ready[2];
	pid_t pid;
	char c;

	(void)state;
	if (geteuid()) {
		print_message("skipped: not root\n");
		skip();
	}
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		run_child(ready[1]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	pb_set(&p, pid, (uint32_t)pid);
	assert_int_equal(outside_files(procs, 1, &list, &n), 0);
	check_list(list, n);
	for (size_t i = 0; i < n; i++)
		pram__outside_file__free_unpacked(list[i], NULL);
	free(list);
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	/* the process is a zombie, as a child that the service has not waited for */
	list = NULL;
	n = 0;
	assert_int_equal(outside_files(procs, 1, &list, &n), 0);
	assert_int_equal(n, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	/* the process has ended */
	assert_int_equal(outside_files(procs, 1, &list, &n), 0);
	assert_int_equal(n, 0);
}

/* --- opening ------------------------------------------------------------------------------ */

static int open_again(const char *path, int flags, uint32_t type, uint64_t pos)
{
	Pram__OutsideFile f = PRAM__OUTSIDE_FILE__INIT;

	f.path = (char *)path;
	pb_set(&f, flags, (uint32_t)flags);
	pb_set(&f, pos, pos);
	if (type)
		pb_set(&f, type, type);
	return outside_open(&f);
}

/* The path leads to another file now, which the process could not have opened. */
static void test_open_other_owner(void **state)
{
	Pram__OutsideFile f = PRAM__OUTSIDE_FILE__INIT;
	char path[192];
	struct stat st;
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s", path_of("dir/log"));
	assert_int_equal(stat(path, &st), 0);
	f.path = path;
	pb_set(&f, flags, O_RDONLY);
	pb_set(&f, type, S_IFREG);
	pb_set(&f, uid, st.st_uid);
	pb_set(&f, gid, st.st_gid);
	pb_set(&f, mode, st.st_mode & 07777);
	fd = outside_open(&f);
	assert_true(fd >= 0);
	close(fd);
	pb_set(&f, mode, (st.st_mode & 07777) ^ 0044);
	assert_int_equal(outside_open(&f), -EPERM);
	pb_set(&f, mode, st.st_mode & 07777);
	pb_set(&f, uid, st.st_uid + 1);
	assert_int_equal(outside_open(&f), -EPERM);
}

static void test_open(void **state)
{
	struct stat st;
	int fd = open_again(path_of("dir/log"), O_RDWR | O_APPEND, S_IFREG, 3);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 3);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_RDWR | O_APPEND);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
	fd = open_again("/dev/null", O_RDWR, S_IFCHR, 5);
	assert_true(fd >= 0);
	close(fd);
	fd = open_again(path_of("dir"), O_PATH, S_IFDIR, 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFL) & O_PATH, O_PATH);
	close(fd);
	fd = open_again(path_of("dir"), O_RDONLY | O_DIRECTORY | O_NOFOLLOW, S_IFDIR, 0);
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	assert_int_equal(open_again(path_of("dir/none"), O_RDONLY, S_IFREG, 0), -ENOENT);
}

/* If another file has replaced the file, it is not opened. */
static void test_exchanged(void **state)
{
	int fd;

	(void)state;
	sh("ln -s dir link && ln -s log dir/symlink");
	assert_int_equal(open_again(path_of("link/log"), O_RDWR, S_IFREG, 0), -ELOOP);
	assert_int_equal(open_again(path_of("dir/symlink"), O_RDWR, S_IFREG, 0), -ELOOP);
	assert_int_equal(open_again(path_of("dir/symlink"), O_RDWR, 0, 0), -ELOOP);
	assert_int_equal(open_again(path_of("fifo"), O_WRONLY, S_IFREG, 0), -EMEDIUMTYPE);
	assert_int_equal(open_again(path_of("fifo"), O_RDWR, S_IFREG, 0), -EMEDIUMTYPE);
	assert_int_equal(open_again("/dev/null", O_RDWR, S_IFREG, 0), -EMEDIUMTYPE);
	assert_int_equal(open_again(path_of("dir"), O_RDONLY, S_IFREG, 0), -EMEDIUMTYPE);
	/* with the manifest of an older pramd, opening a FIFO does not block either */
	assert_int_equal(open_again(path_of("fifo"), O_WRONLY, 0, 0), -ENXIO);
	fd = open_again(path_of("fifo"), O_RDWR, S_IFIFO, 0);
	assert_true(fd >= 0);
	close(fd);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_find), T(test_open), T(test_open_other_owner), T(test_exchanged) };

	return run_group("outside", tests);
}
