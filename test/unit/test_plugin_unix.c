// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams with one end outside of the tree: without ExternalStreams=close the plugin leaves them to
 * CRIU, which refuses them; with it the restored process has a stream whose peer has hung up.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"
#include "test.h"

#define INO 0x80000001	/* CRIU passes an inode number as an int */

static struct {
	char name[64];	/* the only image, "" if none was written */
	uint8_t buf[64];
	size_t len;
	bool entered;	/* the plugin is in the inventory */
} t;

/* --- what it calls ------------------------------------------------------------------------ */

bool plugin_asked;

int plugin_enter_inventory(void)
{
	t.entered = true;
	return 0;
}

int image_write_file(const char *name, const ProtobufCMessage *message)
{
	assert_true(strlen(name) < sizeof(t.name));
	assert_true(protobuf_c_message_get_packed_size(message) <= sizeof(t.buf));
	strcpy(t.name, name);
	t.len = protobuf_c_message_pack(message, t.buf);
	return 0;
}

uint8_t *image_read_file(const char *name, size_t *ret_len, bool *ret_missing)
{
	uint8_t *buf;

	*ret_missing = strcmp(name, t.name) != 0;
	if (*ret_missing)
		return NULL;
	buf = malloc(t.len + 1);
	assert_non_null(buf);
	memcpy(buf, t.buf, t.len);
	*ret_len = t.len;
	return buf;
}

void print_on_level(unsigned int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

/* --- tests -------------------------------------------------------------------------------- */

static int dump(int type)
{
	int pair[2], r;

	memset(&t, 0, sizeof(t));
	assert_int_equal(socketpair(AF_UNIX, type, 0, pair), 0);
	r = unix_dump(pair[0], (int)INO);
	close(pair[0]);
	close(pair[1]);
	return r;
}

static void test_left(void **state)
{
	(void)state;
	plugin_asked = true;
	unsetenv("PRAM_EXTERNAL_STREAMS");
	assert_int_equal(dump(SOCK_STREAM), -ENOTSUP);
	setenv("PRAM_EXTERNAL_STREAMS", "refuse", true);
	assert_int_equal(dump(SOCK_STREAM), -ENOTSUP);
	setenv("PRAM_EXTERNAL_STREAMS", "close", true);
	assert_int_equal(dump(SOCK_DGRAM), -ENOTSUP);
	plugin_asked = false;
	assert_int_equal(dump(SOCK_STREAM), -ENOTSUP);
	assert_false(t.entered);
	assert_string_equal(t.name, "");
	assert_int_equal(unix_restore((int)INO), -ENOTSUP);
}

static void test_closed(void **state)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET };
	socklen_t len = sizeof(int);
	char byte;
	int fd, type;

	(void)state;
	plugin_asked = true;
	signal(SIGPIPE, SIG_IGN);
	setenv("PRAM_EXTERNAL_STREAMS", "close", true);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		assert_int_equal(dump(types[i]), 0);
		assert_true(t.entered);
		assert_string_equal(t.name, "stream-2147483649.img");
		fd = unix_restore((int)INO);
		assert_true(fd >= 0);
		assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len), 0);
		assert_int_equal(type, types[i]);
		assert_int_equal(read(fd, &byte, 1), 0);
		assert_int_equal(write(fd, "x", 1), -1);
		assert_int_equal(errno, EPIPE);
		close(fd);
	}
}

static void test_damaged(void **state)
{
	(void)state;
	plugin_asked = true;
	setenv("PRAM_EXTERNAL_STREAMS", "close", true);
	assert_int_equal(dump(SOCK_STREAM), 0);
	t.buf[0] = 0xff;
	assert_int_equal(unix_restore((int)INO), -1);
	/* no field at all: another version */
	t.len = 0;
	assert_int_equal(unix_restore((int)INO), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_damaged),
	};

	return run_group("plugin_unix", tests);
}
