// SPDX-License-Identifier: GPL-2.0-only
/* Directories of a unit on tmpfs: created, locked while root writes into them, and unlocked. Must run as root. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "manifest.h"
#include "pb.h"
#include "test.h"
#include "unit/dirs.h"

#define DAEMON 1
#define OTHER 2

static char top[] = "/tmp/test_unitdirs.XXXXXX";
static Pram__Unit *unit;
static const char *at;
static int root;

static void sh(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && %s", top, command);
	assert_int_equal(system(line), 0);
}

static void add(const char *path, uint32_t mode, uint32_t uid, bool own)
{
	Pram__Directory *d = PB_NEW(Directory);

	assert_int_equal(pb_str(&d->path, path), 0);
	pb_set(d, mode, mode);
	pb_set(d, uid, uid);
	pb_set(d, gid, uid);
	pb_set(d, own, own);
	assert_int_equal(pb_append_msg(&unit->n_dirs, &unit->dirs, d), 0);
}

static void is(const char *path, uint32_t mode, uint32_t uid)
{
	struct stat st;

	assert_int_equal(fstatat(root, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 07777, mode);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, uid);
}

static int setup(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	umask(0077);
	strcpy(top + strlen(top) - 6, "XXXXXX");
	assert_non_null(mkdtemp(top));
	sh("mkdir run shm && chmod 755 . run && chmod 1777 shm");
	root = open(top, O_PATH | O_DIRECTORY);
	unit = PB_NEW(Unit);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	sh("rm -rf run shm target");
	rmdir(top);
	close(root);
	pram__unit__free_unpacked(unit, NULL);
	return 0;
}

/* Only root can change the owner of files. */
static void need_root(void)
{
	if (geteuid())
		skip();
}

static void test_missing(void **state)
{
	(void)state;
	need_root();
	add("shm/app", 02750, DAEMON, false);
	add("shm/app/deep", 0711, 0, false);
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	is("shm/app", 0700, 0);
	is("shm/app/deep", 0700, 0);
	/* again, as after a restore that failed half-way */
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("shm/app", 02750, DAEMON);
	is("shm/app/deep", 0711, 0);
	/* again, as after a restore that failed later */
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	is("shm/app", 0700, 0);
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("shm/app", 02750, DAEMON);
}

static void test_others(void **state)
{
	(void)state;
	need_root();
	add("shm/app", 0755, DAEMON, false);
	sh("mkdir target && ln -s ../target shm/app");
	assert_true(unit_dirs_make(unit, root, &at) < 0);
	assert_string_equal(at, "shm/app");
	sh("rm shm/app && mkdir shm/app && chown 2:2 shm/app");
	assert_int_equal(unit_dirs_make(unit, root, &at), -EPERM);
	is("shm/app", 0700, OTHER);
	sh("chown 1:1 shm/app && chmod 755 shm/app && ln -s ../../target shm/app/deep");
	add("shm/app/deep", 0755, DAEMON, false);
	assert_true(unit_dirs_make(unit, root, &at) < 0);
	assert_string_equal(at, "shm/app/deep");
	is("shm/app", 0700, 0);
	sh("rm shm/app/deep");
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("shm/app", 0755, DAEMON);
	sh("chmod 777 shm");
	assert_int_equal(unit_dirs_make(unit, root, &at), -EPERM);
}

/* A directory from tmpfiles.d that others use as well: the unit cannot rename it, and it is not changed. */
static void test_common(void **state)
{
	(void)state;
	need_root();
	sh("mkdir run/app && chown 2:2 run/app && chmod 2775 run/app");
	add("run/app", 0755, DAEMON, false);
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	is("run/app", 02775, OTHER);
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("run/app", 02775, OTHER);
	/* but the unit's user can rename entries in it */
	add("run/app/deep", 0755, DAEMON, false);
	assert_int_equal(unit_dirs_make(unit, root, &at), -EPERM);
	sh("chown 1:1 run/app");
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	is("run/app", 0700, 0);
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("run/app", 0755, DAEMON);
}

static void test_own(void **state)
{
	(void)state;
	need_root();
	sh("mkdir -p run/own/sub/sub target && touch run/own/sub/file target/file && "
	   "ln -s ../../target run/own/link && chown -R 1:1 run/own");
	add("run/own", 0750, DAEMON, true);
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	is("run/own", 0700, 0);
	sh("test -z \"$(ls run/own)\" && test -e target/file");
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("run/own", 0750, DAEMON);
}

/* A process of the unit that has a directory open and exchanges entries in it until it is told to stop. */
struct swapper {
	int dir;
	atomic_bool stop;
	atomic_ulong swaps;
};

static void *swap(void *userdata)
{
	struct swapper *s = userdata;

	while (!s->stop)
		if (renameat2(s->dir, "d", s->dir, "l", RENAME_EXCHANGE) == 0)
			s->swaps++;
	return NULL;
}

#define ROUNDS 3000

/* Only the unit's own directory is emptied, even if a directory in it becomes a symbolic link at that time. */
static void test_own_swapped(void **state)
{
	struct swapper s = {};
	pthread_t thread;

	(void)state;
	need_root();
	sh("mkdir -p run/own/sub target && touch $(seq -f target/%g 50)");
	add("run/own", 0750, DAEMON, true);
	s.dir = open(top, O_PATH | O_DIRECTORY);
	assert_int_equal(pthread_create(&thread, NULL, swap, &s), 0);
	for (int i = 0; i < ROUNDS; i++) {
		int dir;

		mkdirat(root, "run/own/sub", 0755);
		dir = openat(root, "run/own/sub", O_PATH | O_DIRECTORY);
		assert_true(dir >= 0);
		symlinkat("../../../target", dir, "l");
		mkdirat(dir, "new", 0755);
		close(openat(dir, "new/1", O_CREAT | O_WRONLY, 0644));
		renameat(dir, "new", dir, "d");
		assert_int_equal(dup2(dir, s.dir), s.dir);
		close(dir);
		assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	}
	s.stop = true;
	pthread_join(thread, NULL);
	close(s.dir);
	assert_true(s.swaps > 0);
	sh("test \"$(ls target | wc -l)\" = 50");
}

static void test_find(void **state)
{
	char run[64], shm[64], file[80];
	char *const paths[] = { run, file };

	(void)state;
	need_root();
	sh("mkdir -p shm/a/b && chmod 751 shm/a && touch shm/a/b/file");
	snprintf(run, sizeof(run), "%s/run", top + 1);
	snprintf(shm, sizeof(shm), "%s/shm/a", top + 1);
	snprintf(file, sizeof(file), "%s/b/file", shm);
	assert_int_equal(unit_dirs_find((uint32_t)getpid(), paths, 2, unit, &at), 0);
	/* directories that are not in /run, such as those of PrivateTmp=, are not handled here */
	assert_true(unit->n_dirs >= 3);
	assert_string_equal(unit->dirs[unit->n_dirs - 2]->path, shm);
	assert_int_equal(unit->dirs[unit->n_dirs - 2]->mode, 0751);
	assert_false(unit->dirs[unit->n_dirs - 2]->own);
	/* a directory of root's in which others may rename "a" */
	sh("chmod 775 shm");
	assert_int_equal(unit_dirs_find((uint32_t)getpid(), paths, 2, unit, &at), -EPERM);
	assert_string_equal(at, file);
}

static void bind_at(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	close(fd);
}

/* A socket on a tmpfs has directories above it, others have not. */
static void test_find_sockets(void **state)
{
	char shm[] = "/dev/shm/test_unitdirs.XXXXXX", command[256];
	char deep[80], shallow[80], plain[80], link[80], gone[80], disk[80], up[80];
	char *const paths[] = { disk, plain, link, gone, up, shallow, deep };

	(void)state;
	need_root();
	assert_non_null(mkdtemp(shm));
	snprintf(command, sizeof(command), "cd %s && chmod 755 . && mkdir -p a/b && chmod 751 a && chown 1:1 a/b && touch file && "
		 "ln -s a/b link", shm);
	assert_int_equal(system(command), 0);
	snprintf(deep, sizeof(deep), "/%s/./a//b/s", shm);
	snprintf(shallow, sizeof(shallow), "%s/s", shm);
	snprintf(plain, sizeof(plain), "%s/file", shm);
	snprintf(link, sizeof(link), "%s/link/s", shm);
	snprintf(gone, sizeof(gone), "%s/gone/s", shm);
	snprintf(disk, sizeof(disk), "%s/shm/s", top);
	snprintf(up, sizeof(up), "%s/a/../s", shm);
	bind_at(deep);
	bind_at(shallow);
	bind_at(disk);
	assert_int_equal(unit_dirs_find_sockets((uint32_t)getpid(), paths, ARRAY_SIZE(paths), unit, &at), 0);
	assert_int_equal(unit->n_dirs, 3);
	assert_string_equal(unit->dirs[0]->path, shm + 1);
	assert_int_equal(unit->dirs[1]->mode, 0751);
	assert_int_equal(unit->dirs[2]->uid, DAEMON);
	assert_false(unit->dirs[2]->own);
	/* others may rename "b" */
	snprintf(command, sizeof(command), "chmod 775 %s/a", shm);
	assert_int_equal(system(command), 0);
	assert_int_equal(unit_dirs_find_sockets((uint32_t)getpid(), paths, ARRAY_SIZE(paths), unit, &at), -EPERM);
	assert_string_equal(at, deep);
	snprintf(command, sizeof(command), "rm -r %s", shm);
	assert_int_equal(system(command), 0);
}

/* What root has created there since the dump, for root only, is not given away. */
static void test_private(void **state)
{
	(void)state;
	need_root();
	add("shm/app", 0755, DAEMON, false);
	add("run/app", 0755, DAEMON, false);
	sh("mkdir -m 700 shm/app run/app");
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("shm/app", 0700, 0);
	is("run/app", 0700, 0);
}

/* Others can rename what is in "shm", so that root would write into a directory of their choice. */
static void test_missing_in_open(void **state)
{
	(void)state;
	need_root();
	sh("chmod 775 shm");
	add("shm/app", 0755, DAEMON, false);
	assert_int_equal(unit_dirs_make(unit, root, &at), -EPERM);
	assert_string_equal(at, "shm/app");
}

/* Whoever gets the outer directory renames the inner ones: each gets its own owner or none. */
static void test_settle_order(void **state)
{
	(void)state;
	need_root();
	add("shm/app", 0755, DAEMON, false);
	add("shm/app/a", 0700, 0, false);
	add("shm/app/b", 0777, OTHER, false);
	assert_int_equal(unit_dirs_make(unit, root, &at), 0);
	sh("mv shm/app/a shm/app/c && mv shm/app/b shm/app/a && mv shm/app/c shm/app/b");
	assert_int_equal(unit_dirs_settle(unit, root, &at), 0);
	is("shm/app/a", 0700, 0);
	is("shm/app/b", 0700, 0);
	is("shm/app", 0755, DAEMON);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_missing), T(test_others), T(test_common), T(test_own), T(test_own_swapped),
		T(test_find), T(test_find_sockets), T(test_private), T(test_missing_in_open), T(test_settle_order),
	};

	return run_group("unitdirs", tests);
}
