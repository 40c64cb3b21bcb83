// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "str.h"

void freep(void *p)
{
	free(*(void **)p);
}

const char *str_after(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

char *str_trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		end--;
	*end = 0;
	return s;
}

char *str_vprintf(const char *fmt, va_list ap)
{
	char *s;

	return vasprintf(&s, fmt, ap) < 0 ? NULL : s;
}

char *str_vmessage(const char *fmt, va_list ap)
{
	char *s = str_vprintf(fmt, ap);

	if (s)
		str_sanitize(s);
	return s;
}

char *str_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = str_vprintf(fmt, ap);
	va_end(ap);
	return s;
}

int str_u64(const char *s, int base, uint64_t *ret)
{
	unsigned long long v;
	char *end;

	if (!isxdigit((unsigned char)*s))
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, base);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE)
		return -ERANGE;
	*ret = v;
	return 0;
}

int str_pid(const char *s, uint32_t *ret)
{
	uint64_t v;
	int r = str_u64(s, 10, &v);

	if (r < 0)
		return r;
	if (v < 1 || v > 1 << 22)
		return -ERANGE;
	*ret = (uint32_t)v;
	return 0;
}

/* The length of the UTF-8 sequence at the beginning of @s in bytes, or 0 if it is not valid. */
static size_t utf8_len(const unsigned char *s, size_t len)
{
	uint32_t cp, min;
	size_t n, i;

	if (s[0] < 0x80)
		return 1;
	if ((s[0] & 0xe0) == 0xc0) {
		n = 2;
		cp = s[0] & 0x1f;
		min = 0x80;
	} else if ((s[0] & 0xf0) == 0xe0) {
		n = 3;
		cp = s[0] & 0x0f;
		min = 0x800;
	} else if ((s[0] & 0xf8) == 0xf0) {
		n = 4;
		cp = s[0] & 0x07;
		min = 0x10000;
	} else {
		return 0;
	}
	if (n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (s[i] & 0x3f);
	}
	if (cp < min || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	return n;
}

bool utf8_valid(const char *s, size_t len)
{
	size_t n;

	for (; len; s += n, len -= n) {
		n = utf8_len((const unsigned char *)s, len);
		if (!n)
			return false;
	}
	return true;
}

void str_sanitize(char *s)
{
	size_t len = strlen(s), n;

	for (; len; s += n, len -= n) {
		n = utf8_len((const unsigned char *)s, len);
		if (n > 1 && !((unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0))
			continue;
		if (n != 1 || iscntrl((unsigned char)*s))
			*s = '?';
		n = 1;
	}
}

static int strbuf_grow(struct strbuf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;
	char *s;

	if (b->err)
		return -ENOMEM;
	while (cap < b->len + more + 1)
		cap *= 2;
	if (cap == b->cap)
		return 0;
	s = realloc(b->s, cap);
	if (!s) {
		b->err = true;
		return -ENOMEM;
	}
	b->s = s;
	b->cap = cap;
	return 0;
}

void strbuf_add(struct strbuf *b, const char *s, size_t len)
{
	if (strbuf_grow(b, len) < 0)
		return;
	memcpy(b->s + b->len, s, len);
	b->len += len;
	b->s[b->len] = 0;
}

void strbuf_puts(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_printf(struct strbuf *b, const char *fmt, ...)
{
	char *s __cleanup(freep) = NULL;
	va_list ap;

	va_start(ap, fmt);
	s = str_vprintf(fmt, ap);
	va_end(ap);
	if (s)
		strbuf_puts(b, s);
	else
		b->err = true;
}

void strbuf_deinit(struct strbuf *b)
{
	free(b->s);
	*b = (struct strbuf){};
}

char *strbuf_steal(struct strbuf *b)
{
	char *s;

	strbuf_add(b, "", 0);
	s = b->err ? NULL : b->s;
	if (b->err)
		free(b->s);
	*b = (struct strbuf){};
	return s;
}
