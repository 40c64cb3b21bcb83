// SPDX-License-Identifier: GPL-2.0-only
/* Access to files below a directory, while a thread replaces components of their paths. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "beneath.h"
#include "io.h"
#include "str.h"
#include "test.h"

#define ROUNDS 5000

static char top[] = "/tmp/test_beneath.XXXXXX";
static int root;

/* Runs a shell command in the directory that contains "root" and "outside". No call under test may reach "outside". */
static void sh(const char *command)
{
	char line[1024];

	snprintf(line, sizeof(line), "cd %s && %s", top, command);
	assert_int_equal(system(line), 0);
}

static int open_root(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/root", top);
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int setup(void **state)
{
	(void)state;
	umask(0022);
	strcpy(top + strlen(top) - 6, "XXXXXX");
	assert_non_null(mkdtemp(top));
	sh("mkdir -p root/a/b outside/b && echo inside >root/a/b/file && echo outside >outside/b/file && "
	   "cp outside/b/file outside/file");
	root = open_root();
	assert_true(root >= 0);
	return 0;
}

static int teardown(void **state)
{
	char line[64];

	(void)state;
	close(root);
	snprintf(line, sizeof(line), "rm -rf %s", top);
	return system(line);
}

static void reads(int fd, const char *expected)
{
	char buf[64] = "";

	assert_true(fd >= 0);
	assert_true(read(fd, buf, sizeof(buf) - 1) >= 0);
	close(fd);
	assert_string_equal(buf, expected);
}

static void outside_is_whole(void)
{
	sh("test \"$(cat outside/b/file outside/file)\" = \"$(printf 'outside\\noutside')\" && "
	   "test \"$(find outside | wc -l)\" = 4");
}

/* --- without concurrent changes ----------------------------------------------------------- */

static void test_open(void **state)
{
	struct stat st;
	const char *name;
	int fd;

	(void)state;
	reads(beneath_open_file(root, "a/b/file", O_RDONLY), "inside\n");
	assert_int_equal(beneath_stat(root, "a/b", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	fd = beneath_open_dir(root, "a/b");
	assert_true(fd >= 0);
	close(fd);
	fd = beneath_parent(root, "a/b/file", &name);
	assert_string_equal(name, "file");
	reads(beneath_open_file(fd, name, O_RDONLY), "inside\n");
	close(fd);
	fd = beneath_parent(root, "a", &name);
	assert_string_equal(name, "a");
	assert_int_equal(beneath_stat(fd, name, &st), 0);
	close(fd);

	assert_int_equal(beneath_open_file(root, "a/none", O_RDONLY), -ENOENT);
	assert_int_equal(beneath_open_file(root, "none/file", O_RDONLY), -ENOENT);
	assert_int_equal(beneath_open_file(root, "a/b/file/x", O_RDONLY), -ENOTDIR);
	assert_int_equal(beneath_open_dir(root, "a/b/file"), -ENOTDIR);
	assert_int_equal(beneath_open_file(root, "a/b", O_RDONLY), -EMEDIUMTYPE);
	assert_int_equal(beneath_open_file(root, "", O_RDONLY), -ENOENT);
}

static void test_out_of_root(void **state)
{
	struct stat st;
	const char *name;

	(void)state;
	assert_int_equal(beneath_look(root, "/etc/passwd"), -EXDEV);
	assert_int_equal(beneath_look(root, "../outside/file"), -EXDEV);
	assert_int_equal(beneath_open_dir(root, "a/../.."), -EXDEV);
	assert_int_equal(beneath_parent(root, "../outside/file", &name), -EXDEV);
	assert_int_equal(beneath_make_parent(root, "../outside/new/file", &name), -EXDEV);
	assert_int_equal(beneath_create(root, "../outside/file", O_RDWR), -EXDEV);
	assert_int_equal(beneath_stat(root, "..", &st), -EXDEV);
	outside_is_whole();
}

static void test_symlinks(void **state)
{
	struct stat st;
	const char *name;
	int fd;

	(void)state;
	sh("ln -s ../outside root/out && ln -s a root/in && ln -s b/file root/a/link && ln -s none root/a/dangling");
	assert_int_equal(beneath_open_file(root, "out/file", O_RDONLY), -ELOOP);
	assert_int_equal(beneath_open_file(root, "in/b/file", O_RDONLY), -ELOOP);
	assert_int_equal(beneath_open_file(root, "a/link", O_RDONLY), -ELOOP);
	assert_int_equal(beneath_open_dir(root, "out"), -ELOOP);
	assert_int_equal(beneath_parent(root, "out/file", &name), -ELOOP);
	assert_int_equal(beneath_make_parent(root, "out/new/file", &name), -ELOOP);
	assert_int_equal(beneath_create(root, "out/file", O_RDWR), -ELOOP);
	assert_int_equal(beneath_stat(root, "out/file", &st), -ELOOP);
	/* stat of the link itself works */
	assert_int_equal(beneath_stat(root, "a/link", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	/* create replaces the link and does not follow it */
	fd = beneath_create(root, "a/link", O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "new", 3), 3);
	close(fd);
	reads(beneath_open_file(root, "a/link", O_RDONLY), "new");
	reads(beneath_open_file(root, "a/b/file", O_RDONLY), "inside\n");
	fd = beneath_create(root, "a/dangling", O_RDWR);
	assert_true(fd >= 0);
	close(fd);
	sh("test -f root/a/dangling && test ! -e root/a/none");
	outside_is_whole();
}

/* Opening a FIFO would block until its other end is opened, and opening a device may have side effects. */
static void test_special(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	sh("mkfifo root/a/fifo");
	assert_int_equal(beneath_open_file(root, "a/fifo", O_RDONLY), -EMEDIUMTYPE);
	assert_int_equal(beneath_open_file(root, "a/fifo", O_RDWR), -EMEDIUMTYPE);
	assert_int_equal(beneath_open_dir(root, "a/fifo"), -ENOTDIR);
	assert_int_equal(beneath_stat(root, "a/fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	fd = beneath_create(root, "a/fifo", O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0600);
	close(fd);
	/* a device that does not exist: opening it would fail with ENXIO */
	if (geteuid() == 0) {
		assert_int_equal(mknodat(root, "device", S_IFCHR | 0600, makedev(4095, 0)), 0);
		assert_int_equal(beneath_open_file(root, "device", O_RDONLY), -EMEDIUMTYPE);
	}
}

/* A file with a second hard link is replaced, so that the other name keeps its contents. */
static void test_hard_link(void **state)
{
	int fd;

	(void)state;
	sh("ln outside/file root/a/linked");
	reads(beneath_open_file(root, "a/linked", O_RDONLY), "outside\n");
	fd = beneath_create(root, "a/linked", O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "new", 3), 3);
	close(fd);
	outside_is_whole();
}

static void test_make_parent(void **state)
{
	struct stat st;
	const char *name;
	int fd;

	(void)state;
	fd = beneath_make_parent(root, "a/c/d/file", &name);
	assert_true(fd >= 0);
	assert_string_equal(name, "file");
	close(fd);
	assert_int_equal(beneath_stat(root, "a/c/d", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0755);
	assert_int_equal(beneath_stat(root, "a/c/d/file", &st), -ENOENT);
	fd = beneath_create(root, "x/y/file", O_WRONLY);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(beneath_create(root, "a/b/file/x/y", O_WRONLY), -ENOTDIR);
}

/* --- walking ------------------------------------------------------------------------------ */

struct seen {
	struct strbuf paths;
	int result;
};

static int note(const struct beneath_entry *entry, void *userdata)
{
	struct seen *seen = userdata;
	struct stat st;

	assert_int_equal(fstatat(entry->dir, entry->name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_ino, entry->st->st_ino);
	strbuf_printf(&seen->paths, "%s ", entry->path);
	return seen->result;
}

static void walk_is(const char *path, int result, int expected, const char *paths)
{
	struct seen seen = { .result = result };

	assert_int_equal(beneath_walk(root, path, note, &seen), expected);
	assert_string_equal(str_or(seen.paths.s), paths);
	strbuf_deinit(&seen.paths);
}

static void test_walk(void **state)
{
	(void)state;
	walk_is("a", 0, 0, "a/b/file a/b ");
	walk_is(".", 0, 0, "./a/b/file ./a/b ./a ");
	walk_is("a/b/file", 0, 0, "a/b/file ");
	walk_is("a", -ENOENT, -ENOENT, "a/b/file ");
	walk_is("none", 0, 0, "");
	walk_is("none/none", 0, 0, "");
	walk_is("..", 0, 0, "");
	sh("rm -r root/a/b/file && ln -s ../../../outside root/a/b/out && ln -s ../outside root/out");
	walk_is("a", 0, 0, "a/b/out a/b ");
	walk_is("out", 0, 0, "out ");
	walk_is("out/b", 0, 0, "");
}

static void test_walk_deep(void **state)
{
	char path[4 * BENEATH_DEPTH_MAX + 32] = "cd root && mkdir -p deep";

	(void)state;
	for (int i = 0; i < BENEATH_DEPTH_MAX - 1; i++)
		strcat(path, "/d");
	sh(path);
	assert_int_equal(beneath_walk(root, "deep", note, &(struct seen){ .paths.err = true }), 0);
	strcat(path, "/d");
	sh(path);
	assert_int_equal(beneath_walk(root, "deep", note, &(struct seen){ .paths.err = true }), -ENAMETOOLONG);
}

/* Mounts are not entered, not even bind mounts of the same file system. */
static void test_walk_mount(void **state)
{
	char from[64], to[64];

	(void)state;
	if (geteuid() || unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		print_message("skipped: not root, or no mount namespace can be made\n");
		skip();
	}
	/* the old descriptor belongs to the previous mount namespace */
	close(root);
	root = open_root();
	snprintf(from, sizeof(from), "%s/outside", top);
	snprintf(to, sizeof(to), "%s/root/a/b", top);
	assert_int_equal(mount(from, to, NULL, MS_BIND, NULL), 0);
	walk_is("a", 0, 0, "");
	/* opening a file in a mount is allowed */
	reads(beneath_open_file(root, "a/b/file", O_RDONLY), "outside\n");
	assert_int_equal(umount(to), 0);
}

/* --- with concurrent changes -------------------------------------------------------------- */

/* Thread that exchanges two names below the directory until it is told to stop. */
struct swapper {
	pthread_t thread;
	int dir;
	const char *one, *other;
	atomic_bool stop;
	atomic_ulong swaps;
};

static void *swap(void *userdata)
{
	struct swapper *s = userdata;

	while (!s->stop)
		if (renameat2(s->dir, s->one, s->dir, s->other, RENAME_EXCHANGE) == 0)
			s->swaps++;
	return NULL;
}

static void swap_start(struct swapper *s, const char *one, const char *other)
{
	*s = (struct swapper){ .dir = root, .one = one, .other = other };
	assert_int_equal(pthread_create(&s->thread, NULL, swap, s), 0);
	while (!s->swaps)
		sched_yield();
}

static void swap_stop(struct swapper *s)
{
	s->stop = true;
	pthread_join(s->thread, NULL);
}

/* A directory in the path is sometimes a symbolic link: a call finds the file inside, or nothing. */
static void test_swap_parent(void **state)
{
	unsigned long found = 0, refused = 0;
	struct swapper s;

	(void)state;
	sh("ln -s ../outside root/swap");
	swap_start(&s, "a", "swap");
	for (int i = 0; i < ROUNDS || ((!found || !refused) && i < 50 * ROUNDS); i++) {
		int fd = beneath_open_file(root, "a/b/file", O_RDONLY);

		if (fd < 0) {
			assert_int_equal(fd, -ELOOP);
			refused++;
			continue;
		}
		reads(fd, "inside\n");
		found++;
	}
	swap_stop(&s);
	print_message("%lu swaps, found %lu times, refused %lu times\n", (unsigned long)s.swaps, found, refused);
	assert_true(found && refused);
}

/* The file is sometimes a FIFO or a link to the outside. No open blocks, and none opens one of these. */
static void test_swap_file(void **state)
{
	static const char *const others[] = { "fifo", "link" };

	(void)state;
	sh("cp root/a/b/file root/file && mkfifo root/fifo && ln -s ../outside/file root/link");
	for (size_t k = 0; k < ARRAY_SIZE(others); k++) {
		unsigned long found = 0, refused = 0;
		struct swapper s;

		swap_start(&s, "file", others[k]);
		for (int i = 0; i < ROUNDS || ((!found || !refused) && i < 50 * ROUNDS); i++) {
			int fd = beneath_open_file(root, "file", O_RDWR);

			if (fd < 0) {
				assert_int_equal(fd, k ? -ELOOP : -EMEDIUMTYPE);
				refused++;
				continue;
			}
			reads(fd, "inside\n");
			found++;
		}
		swap_stop(&s);
		assert_true(found && refused);
		if (s.swaps % 2)
			assert_int_equal(renameat2(root, "file", root, others[k], RENAME_EXCHANGE), 0);
	}
}

/* Files are only created inside. */
static void test_swap_create(void **state)
{
	unsigned long made = 0, refused = 0;
	struct swapper s;

	(void)state;
	sh("ln -s ../outside root/swap");
	swap_start(&s, "a", "swap");
	for (int i = 0; i < ROUNDS || ((!made || !refused) && i < 50 * ROUNDS); i++) {
		const char *path = i % 2 ? "a/new/file" : "a/file";
		int fd = beneath_create(root, path, O_RDWR);

		assert_true(fd >= 0 || fd == -ELOOP);
		made += fd >= 0;
		refused += fd < 0;
		fd_close(fd);
	}
	swap_stop(&s);
	assert_true(made && refused);
	outside_is_whole();
}

static void *lay_link(void *userdata)
{
	struct swapper *s = userdata;

	while (!s->stop)
		s->swaps += symlinkat("../outside/file", s->dir, s->one) == 0;
	return NULL;
}

/* A link appears between the removal of the old file and the creation of the new one. */
static void test_race_create(void **state)
{
	struct swapper s = { .dir = root, .one = "new" };
	unsigned long made = 0, refused = 0;

	(void)state;
	assert_int_equal(pthread_create(&s.thread, NULL, lay_link, &s), 0);
	for (int i = 0; i < ROUNDS || ((!made || !refused) && i < 50 * ROUNDS); i++) {
		int fd = beneath_create(root, "new", O_RDWR | O_TRUNC);

		assert_true(fd >= 0 || fd == -EEXIST);
		made += fd >= 0;
		refused += fd < 0;
		fd_close(fd);
	}
	swap_stop(&s);
	assert_true(made && refused);
	outside_is_whole();
}

static int remove_entry(const struct beneath_entry *entry, void *userdata)
{
	(void)userdata;
	unlinkat(entry->dir, entry->name, S_ISDIR(entry->st->st_mode) ? AT_REMOVEDIR : 0);
	return 0;
}

/*
 * Only files inside are removed, although a directory may be a link when it is entered. The tree is created
 * again for each round, with a name that exists outside as well.
 */
static void test_swap_walk(void **state)
{
	struct swapper s;

	(void)state;
	sh("mkdir root/w && mkdir root/w/d && ln -s ../../outside root/w/l");
	swap_start(&s, "w/d", "w/l");
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(beneath_walk(root, "w", remove_entry, NULL), 0);
		/* both are removed, except possibly one that was exchanged at that time */
		mkdirat(root, "w/new", 0755);
		mkdirat(root, "w/new/b", 0755);
		close(openat(root, "w/new/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
		renameat(root, "w/new", root, "w/d");
		symlinkat("../../outside", root, "w/l");
	}
	swap_stop(&s);
	outside_is_whole();
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_open), T(test_out_of_root), T(test_symlinks), T(test_special), T(test_hard_link),
		T(test_make_parent), T(test_walk), T(test_walk_deep), T(test_walk_mount),
		T(test_swap_parent), T(test_swap_file), T(test_swap_create), T(test_race_create),
		T(test_swap_walk),
	};

	return run_group("beneath", tests);
}
