// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "reasons.h"
#include "str.h"

const struct reason reasons[REASONS] = {
#define REASON(id, short_name, text, what_to_do) \
	[REASON_##id] = { .name = short_name, .sentence = text, .remedy = what_to_do },
#include "reasons.def"
#undef REASON
};

const struct reason *reason_find(const char *name)
{
	for (size_t i = 0; i < REASONS; i++)
		if (str_eq(reasons[i].name, name))
			return &reasons[i];
	return NULL;
}

void reason_set_path(struct reason_object *o, const char *s, size_t len)
{
	static const char cut[] = "...";
	size_t skip = 0;

	if (len >= sizeof(o->path)) {
		skip = len - (sizeof(o->path) - sizeof(cut));
		memcpy(o->path, cut, strlen(cut));
		/* str_sanitize() replaces a UTF-8 sequence that was cut. */
		memcpy(o->path + strlen(cut), s + skip, len - skip);
		o->path[strlen(cut) + len - skip] = 0;
	} else {
		memcpy(o->path, s, len);
		o->path[len] = 0;
	}
	str_sanitize(o->path);
}

/* --- the sentence ------------------------------------------------------------------------- */

struct out {
	char *s;
	size_t size;
	size_t len;
};

static void put(struct out *out, const char *s, size_t n)
{
	if (n > out->size - 1 - out->len)
		n = out->size - 1 - out->len;
	memcpy(out->s + out->len, s, n);
	out->len += n;
	out->s[out->len] = 0;
}

static void put_process(struct out *out, const struct reason_object *o, const char *unknown)
{
	char buf[REASON_COMM_MAX + 32];

	if (!o->pid)
		snprintf(buf, sizeof(buf), "%s", unknown);
	else if (o->comm[0])
		snprintf(buf, sizeof(buf), "process %" PRIu32 " (%s)", o->pid, o->comm);
	else
		snprintf(buf, sizeof(buf), "process %" PRIu32, o->pid);
	put(out, buf, strlen(buf));
}

/* Writes the value of the placeholder @name. Returns false if it is not known. */
static bool put_value(struct out *out, const struct reason_object *o, const char *name, size_t n)
{
	char fd[16];

	if (strncmp(name, "process", n) == 0) {
		put_process(out, o, "a process");
		return o->pid;
	}
	if (strncmp(name, "this-process", n) == 0) {
		put_process(out, o, "this process");
		return o->pid;
	}
	if (strncmp(name, "fd", n) == 0) {
		put(out, fd, (size_t)snprintf(fd, sizeof(fd), "%d", o->fd));
		return o->fd >= 0;
	}
	if (strncmp(name, "path", n) == 0) {
		put(out, o->path, strlen(o->path));
		return o->path[0];
	}
	put(out, str_or(o->log), strlen(str_or(o->log)));
	return o->log;
}

static void expand(struct out *out, const struct reason_object *o, const char *p)
{
	size_t bracket = 0;	/* where an optional part began */
	bool known = true;	/* all placeholders in it have a value */

	for (; *p; p++) {
		size_t n = strcspn(p + 1, "}");

		if (*p == '[') {
			bracket = out->len;
			known = true;
		} else if (*p == ']') {
			if (!known)
				out->len = bracket;
			out->s[out->len] = 0;
		} else if (*p == '{') {
			known &= put_value(out, o, p + 1, n);
			p += n + 1;
		} else {
			put(out, p, 1);
		}
	}
}

void reason_tell(enum reason_id id, const struct reason_object *o, struct reason_told *ret)
{
	const struct reason_object nothing = REASON_OBJECT_INIT;
	struct out out = { .s = ret->text, .size = sizeof(ret->text) };

	ret->name = reasons[id].name;
	ret->text[0] = 0;
	expand(&out, o ? o : &nothing, reasons[id].sentence);
	str_sanitize(ret->text);
}

bool reason_say(enum reason_id id, struct reason_told *ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(ret->text, sizeof(ret->text), fmt, ap);
	va_end(ap);
	ret->name = reasons[id].name;
	str_sanitize(ret->text);
	return true;
}

const char *reason_note(const char *name, char buf[REASON_NOTE_MAX])
{
	buf[0] = 0;
	if (name)
		snprintf(buf, REASON_NOTE_MAX, " (reason: %s)", name);
	return buf;
}

bool reason_passes(const char *name)
{
	static const enum reason_id passing[] = {
		REASON_UNIX_PENDING,	REASON_UNIX_MESSAGE,  REASON_TCP_ACCEPT_QUEUE,
		REASON_UDP_CORKED,	REASON_NETLINK,	      REASON_AIO,
		REASON_TREE_NOT_FROZEN, REASON_PROCESS_ENDED, REASON_SIGTRAP,
		REASON_LINK_EXISTS,
	};

	for (size_t i = 0; name && i < ARRAY_SIZE(passing); i++)
		if (str_eq(reasons[passing[i]].name, name))
			return true;
	return false;
}
