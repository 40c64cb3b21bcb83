// SPDX-License-Identifier: GPL-2.0-only
/* CRIU's image files: the format, preservation of unknown data when they are changed, limits. */
#include <errno.h>
#include <string.h>

#include "criu.pb-c.h"
#include "criu/criu_image.h"
#include "criudir.h"
#include "pb.h"

static unsigned int calls;

static int leave(void *entry, void *arg)
{
	(void)entry;
	(void)arg;
	calls++;
	return 0;
}

/* Change functions for the tests. */
static int lock(void *entry, void *arg)
{
	Pram__Criu__InventoryEntry *inventory = entry;

	(void)arg;
	pb_set(inventory, network_lock_method, 2);
	return 1;
}

static int set_ticks(void *entry, void *arg)
{
	Pram__Criu__FileEntry *file = entry;

	(void)arg;
	if (!file->tfd)
		return 0;
	pb_set(file->tfd, ticks, 5);
	return 1;
}

static int lock_and_fail(void *entry, void *arg)
{
	lock(entry, arg);
	return -EIO;
}

static int walk_inventory(criu_image_entry_fn fn)
{
	return criu_image_walk(criudir_fd, "inventory.img", &criu_image_inventory, fn, NULL);
}

static int walk_files(criu_image_entry_fn fn)
{
	return criu_image_walk(criudir_fd, "files.img", &criu_image_files, fn, NULL);
}

/* Writes these contents and reads the image. The file must not change. */
static int read_all(const char *name, const struct criu_image_type *type, const void *data,
		    size_t len)
{
	int r;

	put_image(name, data, len);
	calls = 0;
	r = criu_image_walk(criudir_fd, name, type, leave, NULL);
	assert_image(name, data, len);
	return r;
}

/* Magic numbers and sizes are checked. An empty message is an entry, too. */
static void test_format(void **state)
{
	static const uint8_t none[] = { FILES_HEAD };
	static const uint8_t two[] = { FILES_HEAD, SIZE(2), 0x08, 1, SIZE(0) };
	static const uint8_t inventory_magic[] = { COMMON_HEAD, INVENTORY_HEAD, SIZE(2), 0x08, 1 };
	static const uint8_t service[] = { 0x40, 0x59, 0x10, 0x55, 0x38, 0x31, 0x30, 0x56 };
	static const uint8_t huge[] = { FILES_HEAD, 0xff, 0xff, 0xff, 0xff, 0x08, 1 };
	static const uint8_t beyond[] = { FILES_HEAD, SIZE(3), 0x08, 1 };

	(void)state;
	assert_int_equal(read_all("files.img", &criu_image_files, none, sizeof(none)), 0);
	assert_int_equal(calls, 0);
	assert_int_equal(read_all("files.img", &criu_image_files, two, sizeof(two)), 0);
	assert_int_equal(calls, 2);
	assert_int_equal(read_all("files.img", &criu_image_files, huge, sizeof(huge)), -EBADMSG);
	assert_int_equal(read_all("files.img", &criu_image_files, beyond, sizeof(beyond)), -EBADMSG);
	assert_int_equal(calls, 0);
	/* wrong magic numbers */
	assert_int_equal(read_all("files.img", &criu_image_ids, two, sizeof(two)), -EBADMSG);
	assert_int_equal(read_all("files.img", &criu_image_files, service, sizeof(service)), -EBADMSG);
	assert_int_equal(read_all("inventory.img", &criu_image_inventory, inventory_magic,
				  sizeof(inventory_magic)), -EBADMSG);
	assert_int_equal(read_all("files.img", &criu_image_files, "", 0), -EBADMSG);
}

static void test_single(void **state)
{
	static const uint8_t none[] = { INVENTORY_HEAD };
	static const uint8_t one[] = { INVENTORY_HEAD, SIZE(2), 0x08, 1 };
	static const uint8_t two[] = { INVENTORY_HEAD, SIZE(2), 0x08, 1, SIZE(2), 0x08, 1 };

	(void)state;
	assert_int_equal(read_all("inventory.img", &criu_image_inventory, none, sizeof(none)), -EBADMSG);
	assert_int_equal(read_all("inventory.img", &criu_image_inventory, one, sizeof(one)), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(read_all("inventory.img", &criu_image_inventory, two, sizeof(two)), -EBADMSG);
}

/*
 * Fields of every wire type that the schema does not declare, in an entry and in a nested
 * message, keep their values. Fields with the same number keep their order.
 */
static void test_unknown_fields(void **state)
{
#define VARINT(n) 0x98, 0x06, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, (n)
#define FIXED64 0xa1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8
#define BYTES 0xaa, 0x06, 5, 0, 'a', 0xff, 0, 0x80
#define NO_BYTES 0xb2, 0x06, 0
#define FIXED32 0xbd, 0x06, 0xfc, 0xfd, 0xfe, 0xff
#define HIGHEST 0xf8, 0xff, 0xff, 0xff, 0x0f, 1		/* the highest field number */
#define UNKNOWN VARINT(1), FIXED64, BYTES, NO_BYTES, FIXED32, HIGHEST, VARINT(0)
#define UNKNOWN_SIZE 57
	static const uint8_t image[] = {
		FILES_HEAD, SIZE(2 + 2 * UNKNOWN_SIZE + 4), UNKNOWN,
		0x62, UNKNOWN_SIZE + 4, 0x50, 9, UNKNOWN, 0x28, 1,
	};
	static const uint8_t wanted[] = {
		FILES_HEAD, SIZE(2 + 2 * UNKNOWN_SIZE + 4),
		0x62, UNKNOWN_SIZE + 4, 0x28, 5, 0x50, 9, UNKNOWN, UNKNOWN,
	};

	(void)state;
	put_image("files.img", image, sizeof(image));
	assert_int_equal(walk_files(set_ticks), 1);
	assert_image("files.img", wanted, sizeof(wanted));
	/* packing it again gives the same bytes */
	assert_int_equal(walk_files(set_ticks), 1);
	assert_image("files.img", wanted, sizeof(wanted));
}

/* protobuf-c would pack these fields so that neither protobuf-c nor CRIU can read them. */
static void test_field_zero(void **state)
{
	static const uint8_t image[] = { INVENTORY_HEAD, SIZE(3), 0x80, 0, 1 };

	(void)state;
	put_image("inventory.img", image, sizeof(image));
	assert_int_equal(walk_inventory(lock), -EBADMSG);
	assert_image("inventory.img", image, sizeof(image));
}

static void test_replaced(void **state)
{
	static const uint8_t image[] = { INVENTORY_HEAD, SIZE(2), 0x08, 1 };
	static const uint8_t locked[] = { INVENTORY_HEAD, SIZE(4), 0x58, 2, 0x08, 1 };
	const uid_t owner = geteuid() ? geteuid() : 12345;
	struct stat st;
	int old;

	(void)state;
	put_image("inventory.img", image, sizeof(image));
	assert_int_equal(fchownat(criudir_fd, "inventory.img", owner, (gid_t)-1, 0), 0);
	assert_int_equal(fchmodat(criudir_fd, "inventory.img", 0604, 0), 0);
	old = openat(criudir_fd, "inventory.img", O_RDONLY);
	assert_true(old >= 0);
	/* if one entry fails, nothing is changed */
	assert_int_equal(walk_inventory(lock_and_fail), -EIO);
	assert_image("inventory.img", image, sizeof(image));
	assert_int_equal(walk_inventory(lock), 1);
	assert_image("inventory.img", locked, sizeof(locked));
	assert_int_equal(fstatat(criudir_fd, "inventory.img", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0604);
	assert_int_equal(st.st_uid, owner);
	/* a process that has the old file open can still read all of it */
	assert_int_equal(fstat(old, &st), 0);
	assert_int_equal(st.st_size, sizeof(image));
	assert_int_equal(st.st_nlink, 0);
	close(old);
}

static void test_no_file(void **state)
{
	static const uint8_t image[] = { INVENTORY_HEAD, SIZE(2), 0x08, 1 };
	static const char name[] = "inventory.img";

	(void)state;
	assert_int_equal(walk_inventory(lock), -ENOENT);
	put_image("files.img", image, sizeof(image));
	assert_int_equal(symlinkat("files.img", criudir_fd, name), 0);
	assert_int_equal(walk_inventory(lock), -ELOOP);
	assert_image("files.img", image, sizeof(image));
	unlinkat(criudir_fd, name, 0);
	assert_int_equal(mkfifoat(criudir_fd, name, 0600), 0);
	assert_int_equal(walk_inventory(lock), -EBADMSG);
	unlinkat(criudir_fd, name, 0);
	assert_int_equal(mkdirat(criudir_fd, name, 0700), 0);
	assert_int_equal(walk_inventory(lock), -EBADMSG);
	unlinkat(criudir_fd, name, AT_REMOVEDIR);
}

/* Makes an inventory with @count fields of two bytes. */
static int read_many(size_t count)
{
	uint32_t size = (uint32_t)(2 * count);
	uint8_t *image = malloc(8 + size);
	int r;

	assert_non_null(image);
	memcpy(image, (const uint8_t[]){ INVENTORY_HEAD }, 4);
	memcpy(image + 4, &size, sizeof(size));
	for (size_t i = 0; i < count; i++)
		memcpy(image + 8 + 2 * i, "\x70\x01", 2);
	r = read_all("inventory.img", &criu_image_inventory, image, 8 + size);
	free(image);
	return r;
}

/* Limits: the size of the file, and the memory for many fields (at least 24 bytes for each field of two bytes). */
static void test_limits(void **state)
{
	static const uint8_t long_field[] = { INVENTORY_HEAD, 0xf8, 0xff, 0x0f, 0, 0x62, 0xf4, 0xff, 0x3f };
	const size_t max = 1 << 20;
	uint8_t *image = calloc(1, max + 1);

	(void)state;
	assert_non_null(image);
	assert_int_equal(read_many(1000), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(read_many(100000), -EBADMSG);
	assert_int_equal(calls, 0);
	/* one field that fills the file */
	memcpy(image, long_field, sizeof(long_field));
	assert_int_equal(read_all("inventory.img", &criu_image_inventory, image, max), 0);
	assert_int_equal(calls, 1);
	assert_int_equal(read_all("inventory.img", &criu_image_inventory, image, max + 1), -EFBIG);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_format, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_single, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_unknown_fields, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_field_zero, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_replaced, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_no_file, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_limits, criudir_setup, criudir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
