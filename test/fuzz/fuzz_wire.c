// SPDX-License-Identifier: GPL-2.0-only
/*
 * Data on the socket: frames, and the messages in them. The first byte chooses the
 * side that reads; the rest is the stream. A message that is accepted must be the
 * same after it is packed and unpacked again, and its names must be safe to use.
 */
#include <string.h>

#include "fuzz.h"
#include "name.h"
#include "str.h"
#include "wire.h"

typedef int (*unpack_fn)(const uint8_t *buf, size_t len, ProtobufCMessage **ret);

static int unpack_request(const uint8_t *buf, size_t len, ProtobufCMessage **ret)
{
	Pram__Request *m;
	int r = wire_unpack_request(buf, len, &m);

	if (!r)
		*ret = &m->base;
	return r;
}

static int unpack_response(const uint8_t *buf, size_t len, ProtobufCMessage **ret)
{
	Pram__Response *m;
	int r = wire_unpack_response(buf, len, &m);

	if (!r)
		*ret = &m->base;
	return r;
}

static void check_name(const char *name)
{
	char node[512], back[NAME_LEN_MAX + 1], scope[SCOPE_NAME_SIZE];
	const char *file;

	if (!name || !name_valid(name))
		return;
	demand(!node_name(name, "x.img", node, sizeof(node)));
	demand(node_split(node, back, &file));
	demand(str_eq(back, name) && str_eq(file, "x.img"));
	scope_name(name, scope);
	demand(strlen(scope) < 255 && !strchr(scope, '/'));
}

static void check_names(const ProtobufCMessage *m)
{
	const Pram__Request *req = (const Pram__Request *)m;

	if (m->descriptor != &pram__request__descriptor)
		return;
	if (req->body_case == PRAM__REQUEST__BODY_SHOW)
		check_name(req->show->name);
	if (req->body_case == PRAM__REQUEST__BODY_CHECKPOINT)
		check_name(req->checkpoint->name);
}

static void payload(const uint8_t *buf, size_t len, unpack_fn unpack)
{
	ProtobufCMessage *m, *again;
	struct wire_buf one = {}, two = {};
	const uint8_t *p;
	size_t n;

	if (unpack(buf, len, &m) < 0)
		return;
	check_names(m);
	demand(!wire_check_strings(m));
	demand(!wire_buf_put(&one, m, WIRE_RESPONSE_MAX));
	demand(wire_parse(one.data, one.len, WIRE_RESPONSE_MAX, &p, &n) ==
	       (ssize_t)one.len);
	/* this may fail: protobuf-c keeps a field with number 0, but cannot read it again */
	if (!unpack(p, n, &again)) {
		demand(!wire_buf_put(&two, again, WIRE_RESPONSE_MAX));
		demand(one.len == two.len && !memcmp(one.data, two.data, one.len));
		protobuf_c_message_free_unpacked(again, NULL);
	}
	protobuf_c_message_free_unpacked(m, NULL);
	wire_buf_deinit(&one);
	wire_buf_deinit(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unpack_fn unpack;
	uint8_t first;

	if (!size)
		return 0;
	first = data[0];
	data++;
	size--;
	unpack = first & 1 ? unpack_response : unpack_request;
	if (first & 2) {
		payload(data, size, unpack);
		return 0;
	}
	for (;;) {
		const uint8_t *p;
		size_t len;
		ssize_t n = wire_parse(data, size, 4096, &p, &len);

		if (n <= 0)
			return 0;
		demand((size_t)n <= size && p >= data && p + len == data + n);
		payload(p, len, unpack);
		data += n;
		size -= (size_t)n;
	}
}
