// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "criu/pbwalk.h"

static bool read_varint(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned int shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t c = *(*p)++;

		v |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

int pbwalk_next(const uint8_t **p, const uint8_t *end, struct pbwalk_field *f)
{
	uint64_t key, n = 0;

	if (*p == end)
		return 0;
	f->start = *p;
	if (!read_varint(p, end, &key) || key >> 3 > UINT32_MAX)
		return -EBADMSG;
	f->number = (uint32_t)(key >> 3);
	f->type = key & 7;
	f->bytes = *p;
	if (f->type == WIRE_VARINT || f->type == WIRE_BYTES) {
		if (!read_varint(p, end, &f->value))
			return -EBADMSG;
		n = f->type == WIRE_BYTES ? f->value : 0;
	} else if (f->type == WIRE_64 || f->type == WIRE_32) {
		n = f->type == WIRE_64 ? 8 : 4;
	} else {
		return -EBADMSG;
	}
	if (n > (uint64_t)(end - *p))
		return -EBADMSG;
	if (f->type == WIRE_BYTES)
		f->bytes = *p;
	*p += n;
	f->end = *p;
	return 1;
}

int pbwalk_body(const uint8_t *image, size_t len, size_t offset, const uint8_t **ret,
		const uint8_t **ret_end)
{
	uint32_t size;

	if (len < sizeof(size) || offset > len - sizeof(size))
		return -EBADMSG;
	memcpy(&size, image + offset, sizeof(size));
	if (size > len - offset - sizeof(size))
		return -EBADMSG;
	*ret = image + offset + sizeof(size);
	*ret_end = *ret + size;
	return 0;
}
