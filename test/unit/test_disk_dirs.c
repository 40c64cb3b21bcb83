// SPDX-License-Identifier: GPL-2.0-only
/* Private directories on a disk: set aside when the unit has ended, and put into a new sandbox. Must run as root. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "test.h"
#include "unit/disk_dirs.h"

static char top[] = "/var/tmp/test_diskdirs.XXXXXX";
static char state_dir[64];
static struct diskdirs d;
static Pram__Unit *unit;
static int fds[DISK_DIRS_MAX];
static const char *at;

static int sh(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && (%s)", top, command);
	return system(line);
}

static int setup(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	umask(0022);
	strcpy(top + strlen(top) - 6, "XXXXXX");
	assert_non_null(mkdtemp(top));
	snprintf(state_dir, sizeof(state_dir), "%s/state", top);
	d = (struct diskdirs){ .host = top, .state_dir = state_dir, .name = "x.service" };
	unit = PB_NEW(Unit);
	/* a sandbox has its tmp in systemd's directory, which is the root in these tests */
	assert_int_equal(sh("mkdir -m 1777 tmp && mkdir -m 700 tmp/systemd-private-old tmp/systemd-private-new && "
			    "mkdir -m 1777 tmp/systemd-private-old/tmp tmp/systemd-private-new/tmp && "
			    "cd tmp/systemd-private-old/tmp && echo data >file && mkdir -m 750 dir && "
			    "chown 1:2 dir && ln -s /etc/passwd link && ln file dir/hard && mkfifo dir/fifo"), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (geteuid())
		return 0;
	sh("rm -rf tmp state other");
	rmdir(top);
	pram__unit__free_unpacked(unit, NULL);
	return 0;
}

static void need_root(void)
{
	if (geteuid())
		skip();
}

static int open_root(const char *which)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/tmp/systemd-private-%s", top, which);
	fd = open(path, O_PATH | O_DIRECTORY);
	assert_true(fd >= 0);
	return fd;
}

static void find(void)
{
	int root = open_root("old");

	assert_int_equal(diskdirs_find(&d, root, unit), 0);
	close(root);
}

static int put(const char *which)
{
	int root = open_root(which);
	int r = diskdirs_put(&d, unit, root, fds, &at);

	close(root);
	return r;
}

static void close_all(void)
{
	for (unsigned int i = 0; i < DISK_DIRS_MAX; i++)
		fds[i] = fd_close(fds[i]);
}

/* The inode is the same, so nothing was copied. */
static void test_round(void **state)
{
	(void)state;
	need_root();
	find();
	assert_int_equal(unit->n_disk, 1);
	assert_string_equal(unit->disk[0]->path, "tmp");
	assert_string_equal(unit->disk[0]->host, "/tmp/systemd-private-old/tmp");
	assert_true(diskdirs_has(unit, "tmp"));
	assert_false(diskdirs_has(unit, "var/tmp"));
	assert_int_equal(sh("stat -c '%n %i %h %u %g %a' tmp/*old/tmp/file tmp/*old/tmp/dir tmp/*old/tmp/dir/* | "
			    "sed s/old/new/ >state/was"), 0);
	assert_int_equal(diskdirs_stow(&d, unit, &at), 0);
	assert_int_equal(sh("rmdir tmp/*old/tmp && [ $(stat -c %a state/tmp/x.service/tmp) = 700 ]"), 0);
	/* again, as after a crash of pramd; systemd has removed the directory */
	assert_int_equal(diskdirs_stow(&d, unit, &at), 0);
	assert_int_equal(put("new"), 0);
	assert_int_equal(sh("stat -c '%n %i %h %u %g %a' tmp/*new/tmp/file tmp/*new/tmp/dir tmp/*new/tmp/dir/* | "
			    "diff state/was - && [ $(readlink tmp/*new/tmp/link) = /etc/passwd ]"), 0);
	/* the restore has failed, and systemd removes the new directory */
	assert_int_equal(diskdirs_back(&d, unit, fds, &at), 0);
	close_all();
	assert_int_equal(sh("rmdir tmp/*new/tmp && mkdir -m 1777 tmp/systemd-private-new/tmp"), 0);
	assert_int_equal(put("new"), 0);
	close_all();
	assert_int_equal(sh("[ $(cat tmp/*new/tmp/dir/hard) = data ]"), 0);
}

/* readdir() while entries are renamed may miss some */
static void test_many(void **state)
{
	(void)state;
	need_root();
	find();
	assert_int_equal(sh("cd tmp/*old/tmp && seq -f %0100g 3000 | xargs touch"), 0);
	assert_int_equal(diskdirs_stow(&d, unit, &at), 0);
	assert_int_equal(sh("rmdir tmp/*old/tmp && [ $(ls state/tmp/x.service/tmp | wc -l) = 3003 ]"), 0);
}

/* What is on a tmpfs, or on another mount than the directory aside, is archived. */
static void test_left_out(void **state)
{
	char dir[128];

	(void)state;
	need_root();
	snprintf(dir, sizeof(dir), "%s/state", top);
	assert_int_equal(mkdir(dir, 0700), 0);
	if (mount("none", dir, "tmpfs", 0, NULL) < 0)
		skip();
	find();
	umount(dir);
	assert_int_equal(unit->n_disk, 0);
	snprintf(dir, sizeof(dir), "%s/tmp/systemd-private-old/tmp", top);
	assert_int_equal(mount("none", dir, "tmpfs", 0, NULL), 0);
	find();
	umount(dir);
	assert_int_equal(unit->n_disk, 0);
}

/* Somebody else has made a directory where the unit's was; and a sandbox without a private directory. */
static void test_strangers(void **state)
{
	(void)state;
	need_root();
	find();
	assert_int_equal(sh("mv tmp/systemd-private-old other && mkdir -p tmp/systemd-private-old/tmp && "
			    "chown 1 tmp/systemd-private-old && chmod 700 tmp/systemd-private-old && "
			    "touch tmp/systemd-private-old/tmp/x"), 0);
	assert_int_equal(diskdirs_stow(&d, unit, &at), -EPERM);
	assert_string_equal(at, "tmp");
	assert_int_equal(sh("rm -r tmp/systemd-private-old && ln -s ../other tmp/systemd-private-old"), 0);
	assert_int_equal(diskdirs_stow(&d, unit, &at), -ELOOP);
	assert_int_equal(sh("rm tmp/systemd-private-old && mv other tmp/systemd-private-old"), 0);
	assert_int_equal(diskdirs_stow(&d, unit, &at), 0);
	assert_int_equal(sh("mkdir -p other/tmp && rm -r tmp/systemd-private-new && mkdir tmp/systemd-private-new && "
			    "mkdir tmp/systemd-private-new/tmp"), 0);
	/* others could use it */
	assert_int_equal(put("new"), -ENOENT);
	close_all();
	assert_int_equal(sh("chmod 700 tmp/systemd-private-new && touch tmp/systemd-private-new/tmp/file"), 0);
	/* nothing is replaced */
	assert_int_equal(put("new"), -EEXIST);
	close_all();
	assert_int_equal(sh("[ -s state/tmp/x.service/tmp/file ]"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_left_out, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
