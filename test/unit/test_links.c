// SPDX-License-Identifier: GPL-2.0-only
/* Links that CRIU makes to deleted files: found in the images, and removed if there will be no restore. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "checkpoint/links.h"
#include "criudir.h"
#include "log.h"
#include "pb.h"

void log_line(int priority, const char *fmt, ...)
{
	(void)priority;
	(void)fmt;
}

static void put_files(void)
{
	/* FileEntry { type 1, id, reg { id, name } } */
	static const uint8_t files[] = {
		FILES_HEAD,
		SIZE(25), 8, 1, 16, 7, 0x1a, 19, 8, 7, 50, 15, '/', 'd', '/', 'l', 'i', 'n', 'k', '_', 'r', 'e', 'm', 'a',
		'p', '.', '7',
		SIZE(12), 8, 1, 16, 8, 0x1a, 6, 8, 8, 50, 2, '/', 'a',
		/* a file of the tree with such a name: it has another number */
		SIZE(25), 8, 1, 16, 9, 0x1a, 19, 8, 9, 50, 15, '/', 'd', '/', 'l', 'i', 'n', 'k', '_', 'r', 'e', 'm', 'a',
		'p', '.', '8',
		/* and one with its own number, for which CRIU has made no link */
		SIZE(25), 8, 1, 16, 5, 0x1a, 19, 8, 5, 50, 15, '/', 'd', '/', 'l', 'i', 'n', 'k', '_', 'r', 'e', 'm', 'a',
		'p', '.', '5',
	};
	/* { orig_id 8, remap_id, remap_type } */
	static const uint8_t remaps[] = {
		REMAPS_HEAD,
		SIZE(6), 8, 8, 16, 7, 24, 0,
		SIZE(4), 8, 8, 16, 9,
		SIZE(6), 8, 8, 16, 5, 24, 1,
	};

	put_image("files.img", files, sizeof(files));
	put_image("remap-fpath.img", remaps, sizeof(remaps));
}

static void make(const char *path)
{
	int fd = openat(criudir_fd, path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	close(fd);
}

static bool is_there(const char *path)
{
	return faccessat(criudir_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void test_find(void **state)
{
	Pram__Manifest *mf = PB_NEW(Manifest);

	(void)state;
	assert_int_equal(links_find(criudir_fd, criudir_fd, mf), 0);
	assert_int_equal(mf->n_links, 0);
	put_files();
	/* CRIU has removed it again */
	assert_int_equal(links_find(criudir_fd, criudir_fd, mf), 0);
	assert_int_equal(mf->n_links, 0);
	assert_int_equal(mkdirat(criudir_fd, "d", 0700), 0);
	make("d/link_remap.7");
	make("d/link_remap.8");
	make("d/link_remap.5");
	assert_int_equal(links_find(criudir_fd, criudir_fd, mf), 0);
	assert_int_equal(mf->n_links, 1);
	assert_string_equal(mf->links[0]->path, "/d/link_remap.7");
	assert_int_equal(mf->links[0]->ino, image_inode("d/link_remap.7"));
	/* CRIU was killed */
	links_remove_made(criudir_fd, criudir_fd);
	assert_false(is_there("d/link_remap.7"));
	assert_true(is_there("d/link_remap.8") && is_there("d/link_remap.5"));
	unlinkat(criudir_fd, "d/link_remap.8", 0);
	unlinkat(criudir_fd, "d/link_remap.5", 0);
	assert_int_equal(unlinkat(criudir_fd, "d", AT_REMOVEDIR), 0);
	pb_free(mf);
}

static void test_remove(void **state)
{
	ino_t ino;

	(void)state;
	assert_int_equal(mkdirat(criudir_fd, "d", 0700), 0);
	make("d/link_remap.7");
	make("d/other");
	ino = image_inode("d/link_remap.7");
	assert_int_equal(symlinkat("d", criudir_fd, "s"), 0);
	assert_int_equal(link_remove(criudir_fd, "/s/link_remap.7", ino), -ELOOP);
	assert_int_equal(link_remove(criudir_fd, "/d/link_remap.7", ino + 1), -ESTALE);
	assert_int_equal(link_remove(criudir_fd, "/d/other", image_inode("d/other")), -EINVAL);
	assert_int_equal(link_remove(criudir_fd, "/d/link_remap.7x", ino), -EINVAL);
	assert_int_equal(link_remove(criudir_fd, "/d/link_remap.", ino), -EINVAL);
	assert_int_equal(link_remove(criudir_fd, "/../link_remap.7", ino), -EXDEV);
	assert_true(is_there("d/link_remap.7") && is_there("d/other"));
	assert_int_equal(link_remove(criudir_fd, "/d/link_remap.7", ino), 0);
	assert_false(is_there("d/link_remap.7"));
	assert_int_equal(link_remove(criudir_fd, "/d/link_remap.7", ino), -ENOENT);
	unlinkat(criudir_fd, "d/other", 0);
	unlinkat(criudir_fd, "s", 0);
	assert_int_equal(unlinkat(criudir_fd, "d", AT_REMOVEDIR), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_find, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_remove, criudir_setup, criudir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
