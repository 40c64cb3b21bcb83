// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pb.h"
#include "str.h"

void *pb_new(const ProtobufCMessageDescriptor *d)
{
	void *m = malloc(d->sizeof_message);

	if (m)
		protobuf_c_message_init(d, m);
	return m;
}

void pb_free(void *msg)
{
	if (msg)
		protobuf_c_message_free_unpacked(msg, NULL);
}

void pb_freep(void *p)
{
	pb_free(*(void **)p);
}

void *pb_dup(const void *msg)
{
	const ProtobufCMessage *m = msg;
	ProtobufCMessage *copy;
	uint8_t *buf;
	size_t n;

	if (!m)
		return NULL;
	n = protobuf_c_message_get_packed_size(m);
	buf = malloc(n + 1);
	if (!buf)
		return NULL;
	protobuf_c_message_pack(m, buf);
	copy = protobuf_c_message_unpack(m->descriptor, NULL, n, buf);
	free(buf);
	return copy;
}

int pb_str(char **field, const char *s)
{
	char *copy = s ? strdup(s) : NULL;

	if (s && !copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

int pb_strf(char **field, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = str_vprintf(fmt, ap);
	va_end(ap);
	if (!s)
		return -ENOMEM;
	free(*field);
	*field = s;
	return 0;
}

int pb_append_msg(size_t *n, void *array, void *elem)
{
	void ***a = array;
	void **p = elem ? realloc(*a, (*n + 1) * sizeof(*p)) : NULL;

	if (!p) {
		pb_free(elem);
		return -ENOMEM;
	}
	p[(*n)++] = elem;
	*a = p;
	return 0;
}

int pb_append_str(size_t *n, char ***array, const char *s)
{
	char **p = realloc(*array, (*n + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	*array = p;
	p[*n] = strdup(s);
	if (!p[*n])
		return -ENOMEM;
	(*n)++;
	return 0;
}

bool pb_has_str(size_t n, char *const *array, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(array[i], s))
			return true;
	return false;
}

int pb_append_u32(size_t *n, uint32_t **array, uint32_t v)
{
	uint32_t *p = realloc(*array, (*n + 1) * sizeof(*p));

	if (!p)
		return -ENOMEM;
	*array = p;
	p[(*n)++] = v;
	return 0;
}
