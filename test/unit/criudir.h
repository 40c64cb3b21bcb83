/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An images directory like one that CRIU has written. It is on a tmpfs, as in pramd, because
 * some tests write thousands of images.
 */
#ifndef TEST_CRIUDIR_H
#define TEST_CRIUDIR_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

/* Magic numbers at the start of the files. */
#define COMMON_HEAD 0x19, 0x43, 0x56, 0x54
#define INVENTORY_HEAD 0x16, 0x31, 0x31, 0x58
#define IDS_HEAD COMMON_HEAD, 0x30, 0x20, 0x43, 0x54
#define FILES_HEAD COMMON_HEAD, 0x38, 0x31, 0x30, 0x56
#define REMAPS_HEAD COMMON_HEAD, 0x54, 0x39, 0x13, 0x59

/* Writes the size that precedes an entry. */
#define SIZE(n) (n), 0, 0, 0

static char criudir_path[64];
static int criudir_fd = -1;

static inline int criudir_setup(void **state)
{
	(void)state;
	snprintf(criudir_path, sizeof(criudir_path), "/dev/shm/pram-images-XXXXXX");
	if (!mkdtemp(criudir_path))
		return -1;
	criudir_fd = open(criudir_path, O_PATH | O_DIRECTORY);
	return criudir_fd < 0 ? -1 : 0;
}

/* Fails if a temporary file was left over. No test creates a file with such a name itself. */
static inline int criudir_teardown(void **state)
{
	static const char *const names[] = { "inventory.img", "ids-77.img", "files.img", "remap-fpath.img" };

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(criudir_fd, names[i], 0);
	close(criudir_fd);
	return rmdir(criudir_path);
}

static inline void put_image(const char *name, const void *data, size_t len)
{
	int fd = openat(criudir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

static inline void assert_image(const char *name, const void *data, size_t len)
{
	uint8_t *buf = malloc(len + 1);
	int fd = openat(criudir_fd, name, O_RDONLY);

	assert_true(fd >= 0);
	assert_non_null(buf);
	assert_int_equal(read(fd, buf, len + 1), len);
	assert_memory_equal(buf, data, len);
	close(fd);
	free(buf);
}

/* The inode number shows whether a file was replaced. */
static inline ino_t image_inode(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(criudir_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_ino;
}

#endif /* TEST_CRIUDIR_H */
