// SPDX-License-Identifier: GPL-2.0-only
/* Frames on the socket, complete and in pieces, and the messages in them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pb.h"
#include "test.h"
#include "wire.h"

static void test_parse(void **state)
{
	static const uint8_t buf[] = { 3, 0, 0, 0, 'a', 'b', 'c', 'd' };
	const uint8_t *p = NULL;
	size_t len = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 7; i++)
		assert_int_equal(wire_parse(buf, i, 10, &p, &len), 0);
	assert_int_equal(wire_parse(buf, 7, 10, &p, &len), 7);
	assert_int_equal(len, 3);
	assert_ptr_equal(p, buf + 4);
	assert_int_equal(wire_parse(buf, 8, 3, &p, &len), 7);
	/* a frame that is too large is refused as soon as its size is known */
	assert_int_equal(wire_parse(buf, 4, 2, &p, &len), -EMSGSIZE);
}

static void test_parse_ends(void **state)
{
	static const uint8_t none[] = { 0, 0, 0, 0 };
	static const uint8_t most[] = { 0xff, 0xff, 0xff, 0xff, 1 };
	const uint8_t *p;
	size_t len = 1;

	(void)state;
	assert_int_equal(wire_parse(none, 4, 0, &p, &len), 4);
	assert_int_equal(len, 0);
	assert_int_equal(wire_parse(most, 5, WIRE_RESPONSE_MAX, &p, &len), -EMSGSIZE);
	assert_int_equal(wire_parse(most, 5, UINT32_MAX, &p, &len), 0);
}

static Pram__Request *show(char *name)
{
	static Pram__Request m;
	static Pram__NameRequest n;

	pram__request__init(&m);
	pram__name_request__init(&n);
	m.body_case = PRAM__REQUEST__BODY_SHOW;
	m.show = &n;
	n.name = name;
	return &m;
}

static int unpack(char *name)
{
	struct wire_buf b = {};
	Pram__Request *m;
	const uint8_t *p;
	size_t len;
	int r;

	assert_int_equal(wire_buf_put(&b, &show(name)->base, WIRE_REQUEST_MAX), 0);
	assert_int_equal(wire_parse(b.data, b.len, WIRE_REQUEST_MAX, &p, &len), b.len);
	r = wire_unpack_request(p, len, &m);
	wire_buf_deinit(&b);
	if (!r) {
		assert_string_equal(m->show->name, name);
		pb_free(m);
	}
	return r;
}

static void test_request(void **state)
{
	Pram__Request *m;

	(void)state;
	assert_int_equal(unpack("redis"), 0);
	assert_int_equal(unpack(""), 0);
	assert_int_equal(unpack("\xc3\xa4"), 0);
	assert_int_equal(unpack("\xff"), -EBADMSG);
	assert_int_equal(wire_unpack_request((const uint8_t *)"", 0, &m), -EBADMSG);
	assert_int_equal(wire_unpack_request((const uint8_t *)"\x0a", 1, &m), -EBADMSG);
	assert_int_equal(wire_unpack_request((const uint8_t *)"\xff\xff\xff", 3, &m),
			 -EBADMSG);
}

/* A request without fields keeps its type. */
static void test_empty_request(void **state)
{
	Pram__Request req = PRAM__REQUEST__INIT, *m;
	Pram__Empty empty = PRAM__EMPTY__INIT;
	uint8_t buf[16];
	size_t len;

	(void)state;
	req.body_case = PRAM__REQUEST__BODY_RELEASE;
	req.release = &empty;
	len = pram__request__pack(&req, buf);
	assert_int_equal(wire_unpack_request(buf, len, &m), 0);
	assert_int_equal(m->body_case, PRAM__REQUEST__BODY_RELEASE);
	pb_free(m);
}

/* Invalid UTF-8 is detected in every text field. */
static void test_strings(void **state)
{
	Pram__Response *m = PB_NEW(Response);
	Pram__Result *r = PB_NEW(Result);
	Pram__Checkpoint *c = PB_NEW(Checkpoint);

	(void)state;
	m->body_case = PRAM__RESPONSE__BODY_RESULT;
	m->result = r;
	assert_int_equal(pb_append_msg(&r->n_checkpoints, &r->checkpoints, c), 0);
	r->status = PB_NEW(Status);
	assert_int_equal(pb_append_str(&r->status->n_unknown_nodes,
				       &r->status->unknown_nodes, "ok"), 0);
	assert_int_equal(pb_append_str(&r->status->n_unknown_nodes,
				       &r->status->unknown_nodes, "\xc3\xa4"), 0);
	assert_int_equal(wire_check_strings(&m->base), 0);
	r->status->unknown_nodes[1][1] = 'x';
	assert_int_equal(wire_check_strings(&m->base), -EBADMSG);
	r->status->unknown_nodes[1][0] = 'x';
	assert_int_equal(wire_check_strings(&m->base), 0);
	assert_int_equal(pb_str(&c->comm, "\x80"), 0);
	assert_int_equal(wire_check_strings(&m->base), -EBADMSG);
	assert_int_equal(pb_str(&c->comm, NULL), 0);
	assert_int_equal(pb_str(&r->message, "\xc0\xaf"), 0);
	assert_int_equal(wire_check_strings(&m->base), -EBADMSG);
	pb_free(m);
}

static void test_too_large(void **state)
{
	struct wire_buf b = {};
	Pram__Request *m = show("0123456789");
	size_t len = pram__request__get_packed_size(m);

	(void)state;
	assert_int_equal(wire_buf_put(&b, &m->base, len - 1), -EMSGSIZE);
	assert_int_equal(b.len, 0);
	assert_int_equal(wire_buf_put(&b, &m->base, len), 0);
	wire_buf_deinit(&b);
}

/* Many frames are sent through a socket with a small buffer. */
static void test_stream(void **state)
{
	struct wire_buf out = {}, in = {};
	unsigned int i, got = 0;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	for (i = 0; i < 20000; i++)
		assert_int_equal(wire_buf_put(&out, &show("some-name")->base, 64), 0);
	while (got < 20000) {
		const uint8_t *p;
		size_t len;
		ssize_t n;
		int r = wire_buf_write(&out, fd[0]);

		assert_true(r == 0 || r == -EAGAIN);
		n = wire_buf_read(&in, fd[1], 4096);
		assert_true(n > 0);
		while ((n = wire_parse(in.data, in.len, 64, &p, &len)) > 0) {
			Pram__Request *m;

			assert_int_equal(wire_unpack_request(p, len, &m), 0);
			pb_free(m);
			wire_buf_consume(&in, (size_t)n);
			got++;
		}
		assert_int_equal(n, 0);
	}
	assert_int_equal(out.len, 0);
	assert_int_equal(wire_buf_read(&in, fd[1], 4096), -EAGAIN);
	close(fd[0]);
	assert_int_equal(wire_buf_read(&in, fd[1], 4096), 0);
	close(fd[1]);
	wire_buf_deinit(&in);
	wire_buf_deinit(&out);
}

/* The amount of data that is buffered for a peer is limited. */
static void test_flood(void **state)
{
	static const uint8_t junk[4096] = { 0xff, 0x0f };
	struct wire_buf in = {};
	ssize_t n;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd), 0);
	do {
		if (write(fd[0], junk, sizeof(junk)) < 0)
			assert_int_equal(errno, EAGAIN);
		n = wire_buf_read(&in, fd[1], 10000);
	} while (n > 0);
	assert_int_equal(n, -EMSGSIZE);
	assert_int_equal(in.len, 10000 + WIRE_HEADER);
	wire_buf_deinit(&in);
	close(fd[0]);
	close(fd[1]);
}

static void test_recv(void **state)
{
	struct wire_buf in = {};
	Pram__Response *m = PB_NEW(Response), *got;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	m->body_case = PRAM__RESPONSE__BODY_PROGRESS;
	m->progress = PB_NEW(Progress);
	pb_set(m->progress, done, 1);
	assert_int_equal(wire_send(fd[0], &m->base, WIRE_RESPONSE_MAX), 0);
	m->progress->done = 2;
	assert_int_equal(wire_send(fd[0], &m->base, WIRE_RESPONSE_MAX), 0);
	pb_free(m);
	assert_int_equal(wire_recv_response(fd[1], &in, &got), 0);
	assert_int_equal(got->progress->done, 1);
	pb_free(got);
	assert_int_equal(wire_recv_response(fd[1], &in, &got), 0);
	assert_int_equal(got->progress->done, 2);
	pb_free(got);
	assert_int_equal(write(fd[0], "\1\0", 2), 2);
	close(fd[0]);
	assert_int_equal(wire_recv_response(fd[1], &in, &got), -ECONNRESET);
	close(fd[1]);
	wire_buf_deinit(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse), cmocka_unit_test(test_parse_ends),
		cmocka_unit_test(test_request), cmocka_unit_test(test_empty_request),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_too_large), cmocka_unit_test(test_stream),
		cmocka_unit_test(test_flood), cmocka_unit_test(test_recv),
	};

	return run_group("wire", tests);
}
