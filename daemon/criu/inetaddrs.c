// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "criu/inetaddrs.h"
#include "io.h"
#include "pb.h"
#include "criu/pbwalk.h"
#include "str.h"

#define FILES_IMAGE "files.img"
#define IMAGE_MAX (256u << 20)
#define HEADER 8u

#define FIELD_INET 4u	/* of a file */
enum { FIELD_FAMILY = 3, FIELD_OWN = 11 };

static int add_once(const char *text, char ***v, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (str_eq((*v)[i], text))
			return 0;
	return pb_append_str(n, v, text);
}

/* @words: as they lie in memory, @n of them. */
static int add_address(uint64_t family, const uint32_t *words, size_t n, char ***v, size_t *count)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	const uint8_t *raw = (const uint8_t *)words;
	int af = family == AF_INET6 ? AF_INET6 : AF_INET;

	if (family != AF_INET && family != AF_INET6)
		return 0;
	if (n != (family == AF_INET6 ? 4 : 1))
		return -EBADMSG;
	if (af == AF_INET6 && !memcmp(raw, mapped, sizeof(mapped))) {
		af = AF_INET;
		raw += sizeof(mapped);
	}
	return inet_ntop(af, raw, text, sizeof(text)) ? add_once(text, v, count) : -errno;
}

static int look_at_socket(const uint8_t *p, const uint8_t *end, char ***v, size_t *count)
{
	uint32_t words[4] = {};
	uint64_t family = 0;
	struct pbwalk_field f;
	size_t n = 0;
	int r;

	while ((r = pbwalk_next(&p, end, &f)) > 0) {
		if (f.number == FIELD_FAMILY)
			family = f.value;
		if (f.number != FIELD_OWN || f.type != WIRE_VARINT)
			continue;
		if (n == 4)
			return -EBADMSG;
		words[n++] = (uint32_t)f.value;
	}
	return r < 0 ? r : add_address(family, words, n, v, count);
}

static int look_at_file(const uint8_t *p, const uint8_t *end, char ***v, size_t *count)
{
	struct pbwalk_field f;
	int r;

	while ((r = pbwalk_next(&p, end, &f)) > 0) {
		if (f.number != FIELD_INET || f.type != WIRE_BYTES)
			continue;
		r = look_at_socket(f.bytes, f.end, v, count);
		if (r < 0)
			break;
	}
	return r;
}

int inetaddrs_image(const uint8_t *image, size_t len, char ***ret, size_t *ret_n)
{
	size_t offset = HEADER;
	int r = 0;

	while (!r && offset < len) {
		const uint8_t *p, *end;

		r = pbwalk_body(image, len, offset, &p, &end);
		if (r < 0)
			break;
		offset = (size_t)(end - image);
		r = look_at_file(p, end, ret, ret_n);
	}
	return r;
}

int inetaddrs(int dir, char ***ret, size_t *ret_n)
{
	char *image __cleanup(freep) = NULL;
	size_t len;
	int r = read_file_at(dir, FILES_IMAGE, IMAGE_MAX, &image, &len);

	if (r < 0)
		return r == -ENOENT ? 0 : r;	/* a process may have no files at all */
	return inetaddrs_image((uint8_t *)image, len, ret, ret_n);
}
