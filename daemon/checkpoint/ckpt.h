/* SPDX-License-Identifier: GPL-2.0-only */
/* The checkpoints that pramd knows: what the nodes say, and what has become of them. */
#ifndef PRAM_CHECKPOINT_CKPT_H
#define PRAM_CHECKPOINT_CKPT_H

#include <stdbool.h>

#include "name.h"
#include "pram.pb-c.h"

/* Messages about a checkpoint, with its name as argument. */
#define NO_CHECKPOINT "there is no checkpoint %s; pramctl list shows all"
#define CHECKPOINT_BUSY "another operation works on checkpoint %s: try again when it has ended"

struct kept;
struct manager;

enum ckpt_state {
	CKPT_READY,
	CKPT_BUSY,	/* being made or restored, or an earlier pramd's CRIU works on it */
	CKPT_FAILED,	/* a restore failed; the checkpoint is complete and can be tried again */
	CKPT_CORRUPT,	/* listed, but can only be removed */
};

struct ckpt {
	struct ckpt *next;
	char name[NAME_LEN_MAX + 1];
	enum ckpt_state state;
	bool left;			/* BUSY because of an earlier pramd's CRIU */
	bool tried;			/* its restore was begun by this pramd */
	bool unread;			/* CORRUPT only as long as the manifest cannot be read */
	char *reason;			/* why it is FAILED or CORRUPT */
	Pram__Manifest *manifest;	/* NULL if CORRUPT or being made */
	size_t nodes;		/* number of nodes of any kind and state */
	size_t images;		/* number of images, as nodes or files */
	size_t memories;	/* number of committed nodes with memory of a process */
	size_t kept_nodes;	/* number of nodes with files that are kept in place */
	uint64_t kept_pages;	/* pages of these nodes */
	struct kept *kept;	/* such files that are open instead, see kept_fds.h */
	uint64_t bytes;
	uint64_t pages;
	uint64_t meta_pages;
};

const char *ckpt_state_name(enum ckpt_state state);

struct ckpt *ckpt_find(struct manager *m, const char *name);

/* Appends a new checkpoint, which is BUSY. NULL without memory. ckpt_remove() frees it. */
struct ckpt *ckpt_add(struct manager *m, const char *name);
void ckpt_remove(struct manager *m, struct ckpt *c);
void ckpt_remove_all(struct manager *m);

/* Was the checkpoint made in this boot? */
bool ckpt_of_this_boot(const struct manager *m, const Pram__Manifest *mf);

void ckpt_set_state(struct ckpt *c, enum ckpt_state state, const char *reason);

/*
 * Reads all nodes of PRAM: finds checkpoints, their sizes, and unknown nodes (corrupt or not of
 * pramd). The state of BUSY checkpoints and the reason of FAILED ones stay. Returns a negative
 * errno on failure.
 */
int ckpt_scan(struct manager *m);

/* Can the manifest not be read at the moment? If it could not be before, tries again. */
bool ckpt_is_unread(struct manager *m, const struct ckpt *c);

/*
 * A message for answers, which the caller frees; with the manifest if @whole. NULL without
 * memory.
 */
Pram__Checkpoint *ckpt_message(struct manager *m, const struct ckpt *c, bool whole);

#endif /* PRAM_CHECKPOINT_CKPT_H */
