// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io.h"
#include "str.h"
#include "wire.h"

#define READ_CHUNK 16384

ssize_t wire_parse(const uint8_t *buf, size_t len, size_t max, const uint8_t **ret_payload,
		   size_t *ret_len)
{
	size_t n;

	if (len < WIRE_HEADER)
		return 0;
	n = (size_t)buf[0] | (size_t)buf[1] << 8 | (size_t)buf[2] << 16 | (size_t)buf[3] << 24;
	if (n > max)
		return -EMSGSIZE;
	if (len - WIRE_HEADER < n)
		return 0;
	*ret_payload = buf + WIRE_HEADER;
	*ret_len = n;
	return (ssize_t)(WIRE_HEADER + n);
}

void wire_buf_deinit(struct wire_buf *b)
{
	free(b->data);
	*b = (struct wire_buf){};
}

static int wire_buf_reserve(struct wire_buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : READ_CHUNK;
	uint8_t *p;

	while (cap < b->len + more)
		cap *= 2;
	if (cap == b->cap)
		return 0;
	p = realloc(b->data, cap);
	if (!p)
		return -ENOMEM;
	b->data = p;
	b->cap = cap;
	return 0;
}

ssize_t wire_buf_read(struct wire_buf *b, int fd, size_t max)
{
	size_t room = max + WIRE_HEADER;
	ssize_t n;
	int r;

	if (b->len >= room)
		return -EMSGSIZE;
	room -= b->len;
	if (room > READ_CHUNK)
		room = READ_CHUNK;
	r = wire_buf_reserve(b, room);
	if (r < 0)
		return r;
	do {
		n = read(fd, b->data + b->len, room);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	b->len += (size_t)n;
	return n;
}

int wire_buf_write(struct wire_buf *b, int fd)
{
	while (b->len) {
		ssize_t n = send(fd, b->data, b->len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		wire_buf_consume(b, (size_t)n);
	}
	return 0;
}

int wire_buf_put(struct wire_buf *b, const ProtobufCMessage *msg, size_t max)
{
	size_t n = protobuf_c_message_get_packed_size(msg);
	uint8_t *p;
	int r;

	if (n > max)
		return -EMSGSIZE;
	r = wire_buf_reserve(b, WIRE_HEADER + n);
	if (r < 0)
		return r;
	p = b->data + b->len;
	p[0] = (uint8_t)n;
	p[1] = (uint8_t)(n >> 8);
	p[2] = (uint8_t)(n >> 16);
	p[3] = (uint8_t)(n >> 24);
	protobuf_c_message_pack(msg, p + WIRE_HEADER);
	b->len += WIRE_HEADER + n;
	return 0;
}

void wire_buf_consume(struct wire_buf *b, size_t n)
{
	memmove(b->data, b->data + n, b->len - n);
	b->len -= n;
}

static int check_field(const ProtobufCFieldDescriptor *f, const void *value)
{
	if (f->type == PROTOBUF_C_TYPE_STRING) {
		const char *s = *(char *const *)value;

		return s && !utf8_valid(s, strlen(s)) ? -EBADMSG : 0;
	}
	if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
		const ProtobufCMessage *m = *(ProtobufCMessage *const *)value;

		return m ? wire_check_strings(m) : 0;
	}
	return 0;
}

int wire_check_strings(const ProtobufCMessage *msg)
{
	const uint8_t *base = (const uint8_t *)msg;
	int r = 0;

	for (unsigned int i = 0; !r && i < msg->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &msg->descriptor->fields[i];
		const void *member = base + f->offset;

		if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
			uint32_t id =
				*(const uint32_t *)(const void *)(base + f->quantifier_offset);

			if (id == f->id)
				r = check_field(f, member);
		} else if (f->label == PROTOBUF_C_LABEL_REPEATED) {
			size_t n = *(const size_t *)(const void *)(base + f->quantifier_offset);
			void *const *v = *(void **const *)member;

			if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_MESSAGE)
				continue;
			for (size_t k = 0; !r && k < n; k++)
				r = check_field(f, &v[k]);
		} else {
			r = check_field(f, member);
		}
	}
	return r;
}

int wire_unpack_request(const uint8_t *buf, size_t len, Pram__Request **ret)
{
	Pram__Request *m = pram__request__unpack(NULL, len, buf);

	if (!m)
		return -EBADMSG;
	if (m->body_case == PRAM__REQUEST__BODY__NOT_SET || wire_check_strings(&m->base) < 0) {
		pram__request__free_unpacked(m, NULL);
		return -EBADMSG;
	}
	*ret = m;
	return 0;
}

int wire_unpack_response(const uint8_t *buf, size_t len, Pram__Response **ret)
{
	Pram__Response *m = pram__response__unpack(NULL, len, buf);

	if (!m)
		return -EBADMSG;
	if (m->body_case == PRAM__RESPONSE__BODY__NOT_SET || wire_check_strings(&m->base) < 0) {
		pram__response__free_unpacked(m, NULL);
		return -EBADMSG;
	}
	*ret = m;
	return 0;
}

int wire_connect(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&sa, sizeof(sa)))
		return fd;
	r = -errno;
	fd_close(fd);
	return r;
}

int wire_send(int fd, const ProtobufCMessage *msg, size_t max)
{
	struct wire_buf b = {};
	int r = wire_buf_put(&b, msg, max);

	if (!r)
		r = wire_buf_write(&b, fd);
	wire_buf_deinit(&b);
	return r;
}

int wire_recv_response(int fd, struct wire_buf *b, Pram__Response **ret)
{
	const uint8_t *payload;
	size_t len;
	ssize_t n;
	int r;

	for (;;) {
		n = wire_parse(b->data, b->len, WIRE_RESPONSE_MAX, &payload, &len);
		if (n < 0)
			return (int)n;
		if (n)
			break;
		n = wire_buf_read(b, fd, WIRE_RESPONSE_MAX);
		if (n < 0)
			return (int)n;
		if (!n)
			return -ECONNRESET;
	}
	r = wire_unpack_response(payload, len, ret);
	wire_buf_consume(b, (size_t)n);
	return r;
}
