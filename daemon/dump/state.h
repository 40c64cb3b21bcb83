/* SPDX-License-Identifier: GPL-2.0-only */
/* Within dump*.c: one checkpoint being made. */
#ifndef PRAM_DUMP_STATE_H
#define PRAM_DUMP_STATE_H

#include "checkpoint/store.h"
#include "core/spawn.h"
#include "dump/dump.h"
#include "name.h"

struct kept_stow;

enum dump_state {
	DUMP_CRIU,	/* CRIU works, the hook has not come */
	DUMP_STOW,	/* images are moved into PRAM; the tree is frozen, or dead */
	DUMP_END,	/* the hook has its answer: CRIU ends */
};

struct dump {
	struct job *job;
	struct manager *m;
	struct ckpt *ckpt;	/* BUSY; may be gone when the dump ends */
	char name[NAME_LEN_MAX + 1];
	enum dump_state state;
	Pram__Manifest *manifest;
	int dir;
	char *logs;
	char *log;
	uint64_t token;
	uint64_t timeout_usec;
	struct client *hook;
	struct spawn *criu;
	struct unit_info *unit;	/* whose main process it is, or NULL */
	struct spawn *saving;	/* of the unit's files */
	bool criu_ended;
	bool committed;
	size_t stowed;		/* images, of the manifest's */
	struct store_sum sum;
	struct kept_stow *stow;	/* of the unit's files that are kept in place */
	struct store_sum kept_sum;
	char *error;		/* why it is not to be */
	outcome_t done;
	void *userdata;
};

/* Takes NULL. */
void dump_free(struct dump *d);

/* Why it is not to be; the first is kept. */
void dump_error(struct dump *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* All images are written: what there is goes into the manifest. */
int dump_complete_manifest(struct dump *d);

/* A step of the job: the next image becomes a node. */
void dump_stow_step(void *userdata);

/* What a unit has besides images becomes such; then the same. */
void dump_save_unit(struct dump *d);

/*
 * The tree is dead, and nobody changes a unit's files any more: they go into nodes. Then
 * dump_files_kept(), with d->error if they could not.
 */
int dump_keep_files(struct dump *d);
void dump_files_kept(struct dump *d);

void dump_on_criu(void *userdata, const struct spawn_result *result);

#endif /* PRAM_DUMP_STATE_H */
