/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why something failed, in our own words. Programs such as CRIU and kexec say it in theirs; their
 * text goes into a log, and a reason of this table is told instead. The entries are in
 * reasons.def. Each has a short name by which `pramctl reasons` and pram-reasons(7) explain it.
 */
#ifndef PRAM_REASONS_H
#define PRAM_REASONS_H

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

#define REASON_PATH_MAX 200	/* of which the end is kept: it tells files apart */
#define REASON_COMM_MAX 64
#define REASON_TEXT_MAX 512

/* What is known of the object. Strings may have been chosen by a hostile process. */
struct reason_object {
	uint32_t pid;			/* 0: not known */
	char comm[REASON_COMM_MAX];	/* "": not known */
	int fd;				/* -1: not known */
	char path[REASON_PATH_MAX];	/* "": not known */
	const char *log;		/* NULL: not known */
};

#define REASON_OBJECT_INIT { .fd = -1 }

/* Copies what may be too long, or hold control characters: the end of it is kept, escaped. */
void reason_set_path(struct reason_object *o, const char *s, size_t len);

/* A reason as it is told about one object. */
struct reason_told {
	const char *name;	/* of the reason; static */
	char text[REASON_TEXT_MAX];
};

/* The sentence about @o, NULL: about nothing in particular. */
void reason_tell(enum reason_id id, const struct reason_object *o, struct reason_told *ret);

/* NULL: there is none of that name. */
const struct reason *reason_find(const char *name);

/* " (reason: NAME)", or "" for NULL; for text that stands alone, as in the journal. */
#define REASON_NOTE_MAX 64
const char *reason_note(const char *name, char buf[REASON_NOTE_MAX]);

#endif /* PRAM_REASONS_H */
