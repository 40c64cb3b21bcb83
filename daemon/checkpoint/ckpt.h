/* SPDX-License-Identifier: GPL-2.0-only */
/* The checkpoints that pramd knows: what the nodes say, and what has become of them. */
#ifndef PRAM_CHECKPOINT_CKPT_H
#define PRAM_CHECKPOINT_CKPT_H

#include <stdbool.h>

#include "name.h"
#include "pram.pb-c.h"

struct kept;
struct manager;

enum ckpt_state {
	CKPT_READY,
	CKPT_BUSY,	/* being made, restored, or left to an earlier instance's CRIU */
	CKPT_FAILED,	/* a restore failed; whole, can be tried again */
	CKPT_CORRUPT,	/* named, kept aside; can only be removed */
};

struct ckpt {
	struct ckpt *next;
	char name[NAME_LEN_MAX + 1];
	enum ckpt_state state;
	bool left;			/* BUSY, and by an earlier instance's CRIU */
	char *reason;			/* FAILED, CORRUPT */
	Pram__Manifest *manifest;	/* not if CORRUPT or being made */
	size_t nodes;		/* found, of any kind and state */
	size_t images;		/* found, as nodes or files */
	size_t memories;	/* found: processes' memory, committed */
	size_t kept_nodes;	/* found: files of a unit's, kept in place */
	uint64_t kept_pages;	/* of those */
	struct kept *kept;	/* such files that are open, see kept_fds.h */
	uint64_t bytes;
	uint64_t pages;
	uint64_t meta_pages;
};

const char *ckpt_state_name(enum ckpt_state state);

struct ckpt *ckpt_find(struct manager *m, const char *name);

/* A new one at the list's end, BUSY. NULL without memory. */
struct ckpt *ckpt_add(struct manager *m, const char *name);
void ckpt_remove(struct manager *m, struct ckpt *c);
void ckpt_remove_all(struct manager *m);

void ckpt_set_state(struct ckpt *c, enum ckpt_state state, const char *reason);

/*
 * Reads all nodes anew: knows the checkpoints, their sizes, the strange nodes.
 * Those that are BUSY stay as they are; the reason of a FAILED one is kept.
 */
int ckpt_scan(struct manager *m);

/* For answers; NULL without memory. */
Pram__Checkpoint *ckpt_message(struct manager *m, const struct ckpt *c, bool whole);

#endif /* PRAM_CHECKPOINT_CKPT_H */
