/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRAM_STR_H
#define PRAM_STR_H

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

/* NULL reads as the empty string. */
static inline const char *str_or(const char *s)
{
	return s ? s : "";
}

static inline bool str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What follows @prefix in @s, or NULL. */
const char *str_after(const char *s, const char *prefix);

/* Cuts white space off both ends, in place. */
char *str_trim(char *s);

/* A new string from a format; NULL without memory. */
char *str_printf(const char *fmt, ...) __printf_like(1, 2);

/* The whole of @s as a number of @base: -EINVAL, -ERANGE. No sign, no space. */
int str_u64(const char *s, int base, uint64_t *ret);

/* A pid: 1 … 2^22. */
int str_pid(const char *s, uint32_t *ret);

bool utf8_valid(const char *s, size_t len);

/* Replaces what is not printable ASCII or valid UTF-8 by '?', in place. */
void str_sanitize(char *s);

/* A string that grows. @err is set once memory ran out, checked at the end. */
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

/* Hands the string over: never NULL except without memory. */
char *strbuf_steal(struct strbuf *b);

#endif /* PRAM_STR_H */
