/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages on a stream socket: the payload's length, 4 bytes, little-endian,
 * then the payload, a protobuf message. Whoever reads sets the limit; a frame
 * beyond it ends the connection, since nothing behind it can be trusted.
 */
#ifndef PRAM_WIRE_H
#define PRAM_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pram.pb-c.h"

#define WIRE_HEADER 4
#define WIRE_REQUEST_MAX (64u * 1024)
#define WIRE_RESPONSE_MAX (4u * 1024 * 1024)

/*
 * The first frame of a buffer: its length in all, with the payload in
 * @ret_payload and @ret_len; 0 if it is not complete yet; -EMSGSIZE if the
 * payload would be larger than @max.
 */
ssize_t wire_parse(const uint8_t *buf, size_t len, size_t max, const uint8_t **ret_payload,
		   size_t *ret_len);

/* Bytes that came or are to go. */
struct wire_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

void wire_buf_deinit(struct wire_buf *b);

/* Adds what can be read from @fd: bytes, 0 at the end, -EAGAIN, -EMSGSIZE beyond @max. */
ssize_t wire_buf_read(struct wire_buf *b, int fd, size_t max);

/* Writes what @fd takes: 0 when all is gone, -EAGAIN if something is left. */
int wire_buf_write(struct wire_buf *b, int fd);

/* Appends @msg as a frame: -EMSGSIZE beyond @max (payload), -ENOMEM. */
int wire_buf_put(struct wire_buf *b, const ProtobufCMessage *msg, size_t max);

/* Drops @n bytes at the front. */
void wire_buf_consume(struct wire_buf *b, size_t n);

/*
 * Payloads to messages. Checked beyond what protobuf knows: there is a body,
 * strings are valid UTF-8 without an inner nul. -EBADMSG otherwise.
 */
int wire_unpack_request(const uint8_t *buf, size_t len, Pram__Request **ret);
int wire_unpack_response(const uint8_t *buf, size_t len, Pram__Response **ret);

/* All strings of a message, and of those within it, are valid UTF-8. */
int wire_check_strings(const ProtobufCMessage *msg);

/* Blocking, for clients: sends one request, or receives one response. */
int wire_send(int fd, const ProtobufCMessage *msg, size_t max);
int wire_recv_response(int fd, struct wire_buf *b, Pram__Response **ret);

#endif /* PRAM_WIRE_H */
