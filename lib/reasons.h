/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reasons for failures. The error text of programs such as CRIU and kexec goes into a log; the user
 * gets a reason from this table instead. The entries are in reasons.def. Each has a short name,
 * under which `pramctl reasons` and pram-reasons(7) explain it.
 */
#ifndef PRAM_REASONS_H
#define PRAM_REASONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reason_id {
#define REASON(id, name, sentence, remedy) REASON_##id,
#include "reasons.def"
#undef REASON
	REASONS
};

struct reason {
	const char *name;
	const char *sentence;	/* with {placeholders}, see reasons.def */
	const char *remedy;
};

extern const struct reason reasons[REASONS];

#define REASON_PATH_MAX 200	/* a longer path keeps its end, which distinguishes files better */
#define REASON_COMM_MAX 64
#define REASON_TEXT_MAX 512

/* What is known about the object. A hostile process may have chosen the strings. */
struct reason_object {
	uint32_t pid;			/* 0: not known */
	char comm[REASON_COMM_MAX];	/* "": not known */
	int fd;				/* -1: not known */
	char path[REASON_PATH_MAX];	/* "": not known */
	const char *log;		/* NULL: not known */
};

#define REASON_OBJECT_INIT { .fd = -1 }

/* Copies a path. Keeps the end of a long one, and replaces control characters. */
void reason_set_path(struct reason_object *o, const char *s, size_t len);

/* A reason with its sentence about one object. */
struct reason_told {
	const char *name;	/* short name of the reason; static */
	char text[REASON_TEXT_MAX];
};

/* Expands the sentence of a reason for the object @o, which may be NULL. */
void reason_tell(enum reason_id id, const struct reason_object *o, struct reason_told *ret);

/* The same with a sentence of the caller's, which knows more than the table. Returns true. */
bool reason_say(enum reason_id id, struct reason_told *ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns NULL if no reason has that name. */
const struct reason *reason_find(const char *name);

/*
 * The state of the process that is the reason passes by itself in moments, for instance a
 * connection that is about to be accepted. @name may be NULL.
 */
bool reason_passes(const char *name);

/* Formats " (reason: NAME)" for a message in the journal; "" if @name is NULL. */
#define REASON_NOTE_MAX 64
const char *reason_note(const char *name, char buf[REASON_NOTE_MAX]);

#endif /* PRAM_REASONS_H */
