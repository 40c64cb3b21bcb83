/* SPDX-License-Identifier: GPL-2.0-only */
/* One restore being done: the steps of restore.c, by the file that has them. */
#ifndef PRAM_RESTORE_STATE_H
#define PRAM_RESTORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/job.h"
#include "core/spawn.h"
#include "core/steps.h"

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
	struct steps steps;
	struct job *job;
	struct manager *m;
	char *name;
	struct ckpt *ckpt;	/* BUSY; NULL: not claimed, or gone */
	uint32_t pid;		/* of the root, once it is claimed */
	uint64_t outage_usec;
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
	size_t images_back;	/* of those: put back, or never taken out of their nodes */
	bool files_back;
	uint64_t kept_pages;	/* of the unit's files, before any left its node */
	uint64_t begun_usec;		/* realtime */
	uint64_t token;
	struct client *hook;
	enum restore_hook_state hook_state;
	bool criu_ended;	/* while the hook works */
	uint64_t pids_until_usec;	/* monotonic */
	outcome_t done;
	void *userdata;
};

/* pids.c */
int restore_wait_for_pids(void *op);
uint64_t restore_pids_period(void *op);
int restore_look_at_pids(void *op);

/* images.c */
int restore_make_place(void *op);
int restore_load_images(void *op);
int restore_put_back(void *op);

/* fill_sandbox.c */
int restore_make_dirs(void *op);
int restore_unpack_files(void *op);
int restore_fill_files(void *op);
int restore_settle_dirs(void *op);
int restore_wait_for_addresses(void *op);

/* run_criu.c */
int restore_run_criu(void *op);
int restore_kill_leftovers(void *op);

/* finish.c */
int restore_finish(void *op);

/*
 * Files that are kept in place, or shared memory, get their contents: in a child of ours, and in the
 * unit's control group, which is charged for them.
 */
int restore_fill(struct restore *rs, bool shared, spawn_done_t done);

/* The unit's outside files, one descriptor each: rs->outside. Says which it cannot. */
int restore_open_outside(struct restore *rs);

#endif /* PRAM_RESTORE_STATE_H */
