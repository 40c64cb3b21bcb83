// SPDX-License-Identifier: GPL-2.0-only
/* Reading and changing CRIU's images: the inventory, timers, addresses of sockets. */
#include <errno.h>
#include <string.h>

#include "criu/inetaddrs.h"
#include "criu/inventory.h"
#include "criu/timerfds.h"
#include "criudir.h"

/* --- the inventory ------------------------------------------------------------------------ */

/* vm_id 1, user_ns_id 300 (two bytes), time_ns_id 0 */
static const uint8_t ids[] = { IDS_HEAD, SIZE(7), 0x08, 1, 0x50, 0xac, 0x02, 0x60, 0 };

/* img_version 2, root_ids { vm_id 0, user_ns_id 7 }, a fixed32, run id "ab" */
static const uint8_t inventory[] = { INVENTORY_HEAD, SIZE(17), 0x08, 2, 0x1a, 4, 0x08, 0, 0x50, 7,
				     0x7d, 9, 9, 9, 9, 0x6a, 2, 'a', 'b' };

/* the expected result: root_ids is one byte longer, undeclared fields follow the others */
static const uint8_t shared[] = { INVENTORY_HEAD, SIZE(18), 0x1a, 5, 0x50, 0xac, 2, 0x08, 0,
				  0x6a, 2, 'a', 'b', 0x08, 2, 0x7d, 9, 9, 9, 9 };

static void put_both(const void *inv, size_t inv_len, const void *id, size_t id_len)
{
	put_image("inventory.img", inv, inv_len);
	put_image("ids-77.img", id, id_len);
}

static void test_user_namespace(void **state)
{
	ino_t inode;

	(void)state;
	put_both(inventory, sizeof(inventory), ids, sizeof(ids));
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), 0);
	assert_image("inventory.img", shared, sizeof(shared));
	assert_image("ids-77.img", ids, sizeof(ids));
	/* a second change has no effect */
	inode = image_inode("inventory.img");
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), 0);
	assert_image("inventory.img", shared, sizeof(shared));
	assert_true(image_inode("inventory.img") == inode);
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 78), -ENOENT);
	unlinkat(criudir_fd, "inventory.img", 0);
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), -ENOENT);
}

/* A truncated image is refused. A corrupt image must not cause reads outside of the image. */
static void test_user_namespace_garbage(void **state)
{
	uint8_t copy[sizeof(inventory)], ids_copy[sizeof(ids)];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(inventory); i++) {
		put_both(inventory, i, ids, sizeof(ids));
		assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), -EBADMSG);
		assert_image("inventory.img", inventory, i);
	}
	for (i = 0; i < sizeof(ids); i++) {
		put_both(inventory, sizeof(inventory), ids, i);
		assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), -EBADMSG);
		assert_image("inventory.img", inventory, sizeof(inventory));
	}
	put_image("ids-77.img", ids, sizeof(ids));
	for (i = 0; i < sizeof(inventory) * 256; i++) {
		memcpy(copy, inventory, sizeof(copy));
		copy[i / 256] = (uint8_t)i;
		put_image("inventory.img", copy, sizeof(copy));
		inventory_share_user_namespace(criudir_fd, 77);
	}
	/* no such field */
	memcpy(ids_copy, ids, sizeof(ids));
	ids_copy[14] = 0x48;
	put_both(inventory, sizeof(inventory), ids_copy, sizeof(ids_copy));
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), -EBADMSG);
	memcpy(copy, inventory, sizeof(copy));
	copy[10] = 0x22;
	put_both(copy, sizeof(copy), ids, sizeof(ids));
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), -EBADMSG);
	memcpy(copy, inventory, sizeof(copy));
	copy[14] = 0x48;
	put_both(copy, sizeof(copy), ids, sizeof(ids));
	assert_int_equal(inventory_share_user_namespace(criudir_fd, 77), -EBADMSG);
}

static void test_network_lock(void **state)
{
	static const uint8_t locked[] = { INVENTORY_HEAD, SIZE(8), 0x58, 1, 0x08, 2, 0x6a, 2, 'a', 'b' };
	static const uint8_t silent[] = { INVENTORY_HEAD, SIZE(6), 0x08, 2, 0x6a, 2, 'a', 'b' };
	static const uint8_t skipped[] = { INVENTORY_HEAD, SIZE(8), 0x58, 2, 0x6a, 2, 'a', 'b', 0x08, 2 };
	ino_t inode;

	(void)state;
	put_image("inventory.img", locked, sizeof(locked));
	assert_int_equal(inventory_skip_network_lock(criudir_fd), 0);
	assert_image("inventory.img", skipped, sizeof(skipped));
	inode = image_inode("inventory.img");
	assert_int_equal(inventory_skip_network_lock(criudir_fd), 0);
	assert_image("inventory.img", skipped, sizeof(skipped));
	assert_true(image_inode("inventory.img") == inode);
	put_image("inventory.img", silent, sizeof(silent));
	assert_int_equal(inventory_skip_network_lock(criudir_fd), 0);
	assert_image("inventory.img", skipped, sizeof(skipped));
	for (size_t i = 0; i < sizeof(locked); i++) {
		put_image("inventory.img", locked, i);
		assert_int_equal(inventory_skip_network_lock(criudir_fd), -EBADMSG);
		assert_image("inventory.img", locked, i);
	}
}

static void test_run_id(void **state)
{
	uint8_t copy[sizeof(inventory)];
	char *id = NULL;

	(void)state;
	put_image("inventory.img", inventory, sizeof(inventory));
	assert_int_equal(inventory_run_id(criudir_fd, &id), 0);
	assert_string_equal(id, "ab");
	assert_image("inventory.img", inventory, sizeof(inventory));
	free(id);
	id = NULL;
	memcpy(copy, inventory, sizeof(copy));
	copy[21] = 0x72;	/* number of the next field */
	put_image("inventory.img", copy, sizeof(copy));
	assert_int_equal(inventory_run_id(criudir_fd, &id), -EBADMSG);
	for (size_t i = 0; i < sizeof(inventory); i++) {
		put_image("inventory.img", inventory, i);
		assert_int_equal(inventory_run_id(criudir_fd, &id), -EBADMSG);
	}
	assert_null(id);
}

/* --- timers ------------------------------------------------------------------------------- */

/* An entry that is not a timer, and a periodic timer: ticks, vsec, vnsec, isec, insec are varints. */
#define NO_TIMER FILES_HEAD, SIZE(4), 0x08, 1, 0x10, 2
#define TIMER(ticks, vsec, vnsec, isec, insec) \
	NO_TIMER, SIZE(22), 0x08, 12, 0x10, 3, 0x62, 16, 0x08, 3, 0x10, 0, 0x1a, 0, 0x28, ticks, \
	0x38, vsec, 0x40, vnsec, 0x48, isec, 0x50, insec

static const uint8_t fixed[] = { NO_TIMER, SIZE(22), 0x08, 12, 0x10, 3, 0x62, 16, 0x28, 1, 0x38, 0,
				  0x40, 1, 0x48, 0, 0x50, 9, 0x08, 3, 0x10, 0, 0x1a, 0 };

static void test_timers(void **state)
{
	static const struct {
		uint8_t image[sizeof(fixed)];
		int changed;
	} timers[] = {
		{ { TIMER(1, 0, 0, 0, 9) }, 1 },	/* expired and periodic */
		{ { TIMER(0, 0, 0, 0, 9) }, 0 },	/* stopped, as CRIU records it */
		{ { TIMER(1, 0, 0, 0, 0) }, 0 },	/* expired, not periodic */
		{ { TIMER(1, 2, 0, 0, 9) }, 0 },	/* has time left */
		{ { TIMER(1, 0, 5, 0, 9) }, 0 },
	};
	static const uint8_t seconds[] = { TIMER(1, 0, 0, 9, 0) };
	const uint8_t *image = timers[0].image;
	ino_t inode;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(timers); i++) {
		put_image("files.img", timers[i].image, sizeof(fixed));
		inode = image_inode("files.img");
		assert_int_equal(timerfds_correct(criudir_fd), timers[i].changed);
		assert_image("files.img", timers[i].changed ? fixed : timers[i].image,
			     sizeof(fixed));
		assert_int_equal(image_inode("files.img") != inode, timers[i].changed);
	}
	put_image("files.img", seconds, sizeof(seconds));
	assert_int_equal(timerfds_correct(criudir_fd), 1);
	assert_int_equal(timerfds_correct(criudir_fd), 0);
	for (size_t i = 0; i < sizeof(fixed); i++) {
		put_image("files.img", image, i);
		/* a truncation between two entries cannot be detected */
		assert_int_equal(timerfds_correct(criudir_fd), i == 8 || i == 16 ? 0 : -EBADMSG);
		assert_image("files.img", image, i);
	}
	unlinkat(criudir_fd, "files.img", 0);
	assert_int_equal(timerfds_correct(criudir_fd), 0);
}

/* Several timers are changed; the other entries stay unchanged and in order. */
static void test_timers_among_files(void **state)
{
#define EXPIRED SIZE(12), 0x62, 8, 0x28, 1, 0x38, 0, 0x40, 0, 0x50, 9, 0x10, 3
#define FIXED SIZE(12), 0x10, 3, 0x62, 8, 0x28, 1, 0x38, 0, 0x40, 1, 0x50, 9
#define NO_FIELD SIZE(10), 0x62, 6, 0x28, 1, 0x38, 0, 0x50, 9, 0x10, 3
#define EMPTY SIZE(0)
#define REVERSED SIZE(4), 0x10, 3, 0x08, 12
	static const uint8_t image[] = { FILES_HEAD, EXPIRED, REVERSED, EMPTY, EXPIRED, NO_FIELD };
	static const uint8_t wanted[] = { FILES_HEAD, FIXED, REVERSED, EMPTY, FIXED, NO_FIELD };

	(void)state;
	put_image("files.img", image, sizeof(image));
	assert_int_equal(timerfds_correct(criudir_fd), 2);
	assert_image("files.img", wanted, sizeof(wanted));
}

/* --- addresses ---------------------------------------------------------------------------- */

/* An entry that is an internet socket: the address family, and up to 4 words of the local address. */
#define SOCKET(family, len) 0x10, 2, 0x22, 2 + (len), 0x18, family
#define OWN_LOCAL4 0x58, 0x8a, 0x92, 0x80, 0x08		/* 10.9.0.1 as it is in memory */
#define OWN_MAPPED 0x58, 0, 0x58, 0, 0x58, 0x80, 0x80, 0xfc, 0xff, 0x0f, OWN_LOCAL4
#define OWN_LAST 0x58, 0, 0x58, 0, 0x58, 0, 0x58, 0x80, 0x80, 0x80, 0x08	/* ::1 */

static const uint8_t sockets[] = {
	FILES_HEAD,
	SIZE(4), 0x08, 1, 0x10, 3,
	SIZE(11), SOCKET(2, 5), OWN_LOCAL4,
	SIZE(21), SOCKET(10, 15), OWN_MAPPED,
	SIZE(17), SOCKET(10, 11), OWN_LAST,
};

static void free_all(char **v, size_t n)
{
	while (n)
		free(v[--n]);
	free(v);
}

/* The number of addresses, or the error. */
static int count_addresses(const uint8_t *image, size_t len)
{
	char **v = NULL;
	size_t n = 0;
	int r;

	put_image("files.img", image, len);
	r = inetaddrs(criudir_fd, &v, &n);
	free_all(v, n);
	return r < 0 ? r : (int)n;
}

static void test_addresses(void **state)
{
	static const size_t between[] = { 8, 16, 31, 56 };
	char **v = NULL;
	size_t n = 0, i, k;

	(void)state;
	put_image("files.img", sockets, sizeof(sockets));
	assert_int_equal(inetaddrs(criudir_fd, &v, &n), 0);
	assert_int_equal(n, 2);
	assert_string_equal(v[0], "10.9.0.1");
	assert_string_equal(v[1], "::1");
	assert_image("files.img", sockets, sizeof(sockets));
	for (i = 0; i < sizeof(sockets); i++) {
		for (k = 0; k < ARRAY_SIZE(between) && between[k] != i; k++)
			;
		if (k < ARRAY_SIZE(between))
			assert_int_equal(count_addresses(sockets, i), k >= 2);
		else
			assert_int_equal(count_addresses(sockets, i), -EBADMSG);
	}
	unlinkat(criudir_fd, "files.img", 0);
	assert_int_equal(inetaddrs(criudir_fd, &v, &n), 0);
	assert_int_equal(n, 2);
	free_all(v, n);
}

static void test_addresses_strange(void **state)
{
	static const uint8_t other[] = { FILES_HEAD, SIZE(6), SOCKET(16, 0) };
	static const uint8_t none[] = { FILES_HEAD, SIZE(6), SOCKET(2, 0) };
	static const uint8_t two[] = { FILES_HEAD, SIZE(10), SOCKET(2, 4), 0x58, 1, 0x58, 2 };
	static const uint8_t three[] = { FILES_HEAD, SIZE(12), SOCKET(10, 6), 0x58, 1, 0x58, 2, 0x58, 3 };
	static const uint8_t five[] = { FILES_HEAD, SIZE(16), SOCKET(10, 10), 0x58, 1, 0x58, 2, 0x58, 3,
					0x58, 4, 0x58, 5 };
	uint8_t copy[sizeof(sockets)];

	(void)state;
	assert_int_equal(count_addresses(other, sizeof(other)), 0);
	assert_int_equal(count_addresses(none, sizeof(none)), -EBADMSG);
	assert_int_equal(count_addresses(two, sizeof(two)), -EBADMSG);
	assert_int_equal(count_addresses(three, sizeof(three)), -EBADMSG);
	assert_int_equal(count_addresses(five, sizeof(five)), -EBADMSG);
	for (size_t i = 0; i < sizeof(sockets) * 256; i++) {
		memcpy(copy, sockets, sizeof(copy));
		copy[i / 256] = (uint8_t)i;
		count_addresses(copy, sizeof(copy));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_user_namespace, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_user_namespace_garbage, criudir_setup,
						criudir_teardown),
		cmocka_unit_test_setup_teardown(test_network_lock, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_run_id, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_timers, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_timers_among_files, criudir_setup,
						criudir_teardown),
		cmocka_unit_test_setup_teardown(test_addresses, criudir_setup, criudir_teardown),
		cmocka_unit_test_setup_teardown(test_addresses_strange, criudir_setup,
						criudir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
