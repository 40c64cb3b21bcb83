/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU's images without CRIU's schema: a magic number or two, then for each message its
 * length, 4 bytes, and the message, protobuf. Fields are told by their numbers.
 */
#ifndef PRAM_PBWALK_H
#define PRAM_PBWALK_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct pbwalk_field {
	uint32_t number;
	unsigned int type;
	uint64_t value;		/* of a varint, or the length of bytes */
	const uint8_t *bytes;	/* what follows the key and, of bytes, the length; of a varint itself */
	const uint8_t *start;	/* of the whole, up to @end */
	const uint8_t *end;
};

/* 1 with the next field, 0 at the end, -EBADMSG. */
int pbwalk_next(const uint8_t **p, const uint8_t *end, struct pbwalk_field *f);

/* The message at @offset, the first being behind the header: -EBADMSG if it is cut off. */
int pbwalk_body(const uint8_t *image, size_t len, size_t offset, const uint8_t **ret,
		const uint8_t **ret_end);

#endif /* PRAM_PBWALK_H */
