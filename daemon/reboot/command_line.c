// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

#include "reboot/command_line.h"
#include "str.h"

struct word {
	const char *s;
	size_t len;
};

/* Like next_arg() of the kernel: white space within double quotes does not end a word. */
static bool next_word(const char **p, struct word *ret)
{
	bool quoted = false;
	const char *s = *p;

	while (isspace((unsigned char)*s))
		s++;
	ret->s = s;
	for (; *s && (quoted || !isspace((unsigned char)*s)); s++)
		if (*s == '"')
			quoted = !quoted;
	ret->len = (size_t)(s - ret->s);
	*p = s;
	return ret->len;
}

/* Like next_arg(), which takes a quote off the front: "pram=1" in quotes is pram=1 as well. */
static struct word key_of(const struct word *w)
{
	size_t quote = w->len && *w->s == '"';
	struct word key = { .s = w->s + quote, .len = w->len - quote };
	const char *eq = memchr(key.s, '=', key.len);

	if (eq)
		key.len = (size_t)(eq - key.s);
	else if (quote && key.len && key.s[key.len - 1] == '"')
		key.len--;
	return key;
}

/* The kernel treats '-' and '_' in the name of a parameter as equal. */
static bool same_key(const struct word *a, const struct word *b)
{
	const struct word x = key_of(a), y = key_of(b);

	if (x.len != y.len)
		return false;
	for (size_t i = 0; i < x.len; i++) {
		char c = x.s[i] == '-' ? '_' : x.s[i];
		char d = y.s[i] == '-' ? '_' : y.s[i];

		if (c != d)
			return false;
	}
	return true;
}

static bool is_word(const struct word *w, const char *s)
{
	return w->len == strlen(s) && memcmp(w->s, s, w->len) == 0;
}

static bool has_key(const char *line, const struct word *key)
{
	struct word w;

	while (next_word(&line, &w) && !is_word(&w, "--"))
		if (same_key(&w, key))
			return true;
	return false;
}

static bool has_key_s(const char *line, const char *key)
{
	const struct word w = { .s = key, .len = strlen(key) };

	return has_key(line, &w);
}

static bool is_of_this_boot(const struct word *w)
{
	static const struct word keys[] = { { "pram", 4 }, { "BOOT_IMAGE", 10 }, { "initrd", 6 } };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (same_key(w, &keys[i]))
			return true;
	return false;
}

static bool quotes_open(const char *s, size_t len)
{
	bool open = false;

	while (len--)
		open ^= *s++ == '"';
	return open;
}

/*
 * Closes a quote that the running command line leaves open, so that it does not include later
 * words.
 */
static void add_word(struct strbuf *b, const char *s, size_t len)
{
	if (b->len)
		strbuf_puts(b, " ");
	strbuf_add(b, s, len);
	if (quotes_open(s, len))
		strbuf_puts(b, "\"");
}

int cmdline_next(const char *running, const char *append, uint64_t sb_pfn, bool kaslr, char **ret)
{
	static const struct word pram = { "pram", 4 };
	struct strbuf b = {};
	const char *p = running;
	const char *rest = NULL;
	bool behind_pram = false;
	struct word w;

	append = str_or(append);
	if (quotes_open(append, strlen(append)))
		return -EINVAL;
	while (next_word(&p, &w)) {
		if (is_word(&w, "--")) {
			rest = p;
			break;
		}
		if (!is_of_this_boot(&w) && !has_key(append, &w) &&
		    !(behind_pram && is_word(&w, "nokaslr")))
			add_word(&b, w.s, w.len);
		behind_pram = same_key(&w, &pram);
	}
	for (p = append; next_word(&p, &w);) {
		if (is_word(&w, "--")) {
			rest = p;
			break;
		}
		if (!is_of_this_boot(&w))
			add_word(&b, w.s, w.len);
	}
	kaslr |= has_key_s(str_or(b.s), "nokaslr");
	strbuf_printf(&b, "%spram=%" PRIx64 "%s", b.len ? " " : "", sb_pfn, kaslr ? "" : " nokaslr");
	for (bool first = true; rest && next_word(&rest, &w); first = false) {
		if (first)
			strbuf_puts(&b, " --");
		add_word(&b, w.s, w.len);
	}
	*ret = strbuf_steal(&b);
	return *ret ? 0 : -ENOMEM;
}
