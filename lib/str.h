/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRAM_STR_H
#define PRAM_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "macro.h"

/* free() for __cleanup(): takes the address of the pointer. */
void freep(void *p);

static inline bool str_empty(const char *s)
{
	return !s || !*s;
}

/* Replaces NULL by the empty string. */
static inline const char *str_or(const char *s)
{
	return s ? s : "";
}

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* The part of @s after @prefix, or NULL if @s does not start with it. */
const char *str_after(const char *s, const char *prefix);

/* Removes white space at both ends, in place. Returns the new start, which points into @s. */
char *str_trim(char *s);

/* A formatted string, which the caller frees; NULL without memory. */
char *str_printf(const char *fmt, ...) __printf_like(1, 2);
char *str_vprintf(const char *fmt, va_list ap) __printf_like(1, 0);

/* The same for a message, which may contain names that processes chose: see str_sanitize(). */
char *str_vmessage(const char *fmt, va_list ap) __printf_like(1, 0);

/* Parses all of @s as a number in @base, without sign or white space. -EINVAL, -ERANGE. */
int str_u64(const char *s, int base, uint64_t *ret);

/* Parses a PID: 1 to 2^22. -EINVAL, -ERANGE. */
int str_pid(const char *s, uint32_t *ret);

bool utf8_valid(const char *s, size_t len);

/* Replaces control characters and bytes that are not valid UTF-8 by '?', in place. */
void str_sanitize(char *s);

/* A string that grows. If memory runs out, @err is set and further calls do nothing. */
struct strbuf {
	char *s;
	size_t len;
	size_t cap;
	bool err;
};

void strbuf_add(struct strbuf *b, const char *s, size_t len);
void strbuf_puts(struct strbuf *b, const char *s);
void strbuf_printf(struct strbuf *b, const char *fmt, ...) __printf_like(2, 3);
void strbuf_deinit(struct strbuf *b);

/*
 * Returns the string, which the caller frees, and empties the buffer. NULL without memory; the
 * empty string if nothing was added.
 */
char *strbuf_steal(struct strbuf *b);

#endif /* PRAM_STR_H */
