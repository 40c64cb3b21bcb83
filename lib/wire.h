/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Framing of messages on a stream socket: the length of the payload (4 bytes, little-endian),
 * then the payload, a protobuf message. The receiver limits the length. A longer frame ends the
 * connection, since the receiver cannot resynchronise.
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
 * Finds the first frame in a buffer. Returns its total length, with the payload in @ret_payload
 * (points into @buf) and @ret_len; 0 if the frame is not complete yet; -EMSGSIZE if the payload
 * is larger than @max.
 */
ssize_t wire_parse(const uint8_t *buf, size_t len, size_t max, const uint8_t **ret_payload,
		   size_t *ret_len);

/* Bytes that were received, or that are still to be sent. */
struct wire_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
};

void wire_buf_deinit(struct wire_buf *b);

/*
 * Appends what can be read from @fd. Returns the number of bytes, 0 at the end of the stream,
 * -EAGAIN, -EMSGSIZE if the buffer would exceed @max plus a header, or another negative errno.
 */
ssize_t wire_buf_read(struct wire_buf *b, int fd, size_t max);

/* Writes as much as @fd takes. Returns 0 if everything was written, -EAGAIN if bytes are left. */
int wire_buf_write(struct wire_buf *b, int fd);

/* Appends @msg as a frame. -EMSGSIZE if the payload would be larger than @max, -ENOMEM. */
int wire_buf_put(struct wire_buf *b, const ProtobufCMessage *msg, size_t max);

/* Removes @n bytes at the front. */
void wire_buf_consume(struct wire_buf *b, size_t n);

/*
 * Unpack a payload; the caller frees the message. -EBADMSG if it is not such a message, has no
 * body, or has a string that is not UTF-8.
 */
int wire_unpack_request(const uint8_t *buf, size_t len, Pram__Request **ret);
int wire_unpack_response(const uint8_t *buf, size_t len, Pram__Response **ret);

/* Are all strings of a message, including nested messages, valid UTF-8? 0 or -EBADMSG. */
int wire_check_strings(const ProtobufCMessage *msg);

/* For clients: connects to pramd's socket. Returns a descriptor, which the caller closes. */
int wire_connect(const char *path);

/*
 * For clients, on a blocking socket: send one request, receive one response, which the caller
 * frees. @b keeps bytes of the next response between calls.
 */
int wire_send(int fd, const ProtobufCMessage *msg, size_t max);
int wire_recv_response(int fd, struct wire_buf *b, Pram__Response **ret);

#endif /* PRAM_WIRE_H */
