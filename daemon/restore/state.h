/* SPDX-License-Identifier: GPL-2.0-only */
/* Within restore*.c: one restore being done. */
#ifndef PRAM_RESTORE_STATE_H
#define PRAM_RESTORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/job.h"
#include "core/spawn.h"

struct ckpt;
struct client;
struct kept_stow;
struct manager;
struct netwait;

enum restore_hook_state {
	RESTORE_HOOK_NONE,	/* nothing is shared */
	RESTORE_HOOK_AWAITED,
	RESTORE_HOOK_WORKS,	/* CRIU waits */
	RESTORE_HOOK_DONE,
};

struct restore {
	struct restore *next;	/* of the manager's */
	struct job *job;
	struct manager *m;
	struct ckpt *ckpt;
	int dir;
	char *logs;
	char *log;
	struct spawn *criu;
	struct spawn *loading;	/* of a unit's files */
	bool fills_shared;	/* of those: memory */
	struct kept_stow *stow;	/* of such files again */
	struct netwait *netwait;	/* for addresses of a unit's connections */
	uint32_t holder;	/* main process of the unit, whose sandbox is to be entered */
	int *outside;		/* a unit's outside files, opened */
	size_t n_outside;
	size_t done_images;
	uint64_t done_bytes;
	uint64_t kept_pages;	/* of the unit's files, before any left its node */
	uint64_t begun_usec;		/* realtime */
	uint64_t token;
	struct client *hook;
	enum restore_hook_state hook_state;
	bool criu_ended;	/* while the hook works */
	sd_event_source *pids_timer;	/* while others have its pids */
	uint64_t pids_until_usec;	/* monotonic */
	char *error;
	outcome_t done;
	void *userdata;
};

/*
 * A step: what the unit had as files is put into its new sandbox, the addresses of its
 * connections are waited for, then CRIU starts.
 */
void restore_unit(struct restore *rs);
void restore_run_criu(struct restore *rs);

/*
 * Files that are kept in place, or shared memory, get their contents: in a child of ours, and in the
 * unit's control group, which is charged for them.
 */
int restore_fill(struct restore *rs, bool shared, spawn_done_t done);

/* A failed restore: its connections are lost, and packets are held off no longer. */
void restore_unlock(const Pram__Manifest *mf);

/* The unit's outside files, one descriptor each: rs->outside. Says which it cannot. */
int restore_open_outside(struct restore *rs);

/* The tree runs: the checkpoint goes. Frees @rs. */
void restore_done(struct restore *rs);

/* What was begun is undone, the checkpoint kept. Frees @rs. */
void restore_put_back(struct restore *rs);

/* Keeps the first reason. */
void restore_error(struct restore *rs, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The checkpoint is kept, and says why. Frees @rs. */
void restore_failed(struct restore *rs);

/* From the nodes to the tree; a step of the job. */
void restore_load(void *userdata);

#endif /* PRAM_RESTORE_STATE_H */
