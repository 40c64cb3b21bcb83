/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of one restore, and the steps of restore.c, sorted by file. */
#ifndef PRAM_RESTORE_STATE_H
#define PRAM_RESTORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/job.h"
#include "core/spawn.h"
#include "core/steps.h"
#include "manifest.h"

struct ckpt;
struct client;
struct kept_stow;
struct manager;
struct netwait;

enum restore_hook_state {
	RESTORE_HOOK_NONE,	/* no hook: there is no shared memory to fill */
	RESTORE_HOOK_AWAITED,
	RESTORE_HOOK_WORKS,	/* pramd fills shared memory, CRIU waits */
	RESTORE_HOOK_DONE,
};

struct restore {
	struct restore *next;	/* in the manager's list */
	struct steps steps;
	struct job *job;
	struct manager *m;
	char *name;
	struct ckpt *ckpt;	/* in state BUSY; NULL: not claimed, or removed */
	uint32_t pid;		/* of the root, after the step claim */
	uint64_t outage_usec;
	int dir;
	char *logs;
	char *log;
	struct spawn *criu;
	struct spawn *loading;	/* child that creates or fills files of a unit */
	bool fills_shared;	/* it fills shared memory, not files */
	struct kept_stow *stow;	/* moves such files back into nodes */
	struct netwait *netwait;	/* waits for addresses of a unit's sockets */
	uint32_t holder;	/* PID of pram-unit-restore in the unit's sandbox, or 0 */
	int *outside;		/* descriptors of a unit's outside files */
	size_t n_outside;
	int disk_dirs[DISK_DIRS_MAX];	/* private directories with renamed files, or -1 */
	size_t done_images;
	uint64_t done_bytes;
	size_t images_back;	/* images that the roll-back has handled */
	bool files_back;
	uint64_t kept_pages;	/* of the unit's files, at the beginning */
	uint64_t begun_usec;		/* realtime */
	uint64_t token;
	struct client *hook;
	enum restore_hook_state hook_state;
	bool criu_ended;	/* before the work for the hook was done */
	uint64_t pids_until_usec;	/* monotonic */
	uint64_t until_usec;	/* monotonic: when the restore has to be done; 0: no limit */
	outcome_t done;
	void *userdata;
};

/* pids.c */
int restore_wait_for_pids(void *op);
uint64_t restore_pids_period(void *op);
int restore_look_at_pids(void *op);

/* load_images.c */
int restore_make_place(void *op);
int restore_load_images(void *op);
int restore_put_back(void *op);

/* fill_sandbox.c */
int restore_make_dirs(void *op);
int restore_unpack_files(void *op);
int restore_fill_files(void *op);
int restore_settle_dirs(void *op);
int restore_wait_for_addresses(void *op);
int restore_move_files(void *op);
int restore_move_files_back(void *op);

/* take_sockets.c */
int restore_take_sockets(void *op);

/* run_criu.c */
int restore_run_criu(void *op);
int restore_kill_leftovers(void *op);

/* finish.c */
int restore_finish(void *op);

/* limit.c. The time for a part of the restore: @usec, or less if the whole restore has a limit. */
void restore_set_limit(struct restore *rs);
uint64_t restore_limit(const struct restore *rs, uint64_t usec);

/*
 * Fills the files that are kept in place, or the shared memory. A child of pramd does this in the
 * unit's control group, which is charged for the memory.
 */
int restore_fill(struct restore *rs, bool shared, spawn_done_t done);

/* Why that has failed: the reason of the step. @what: "files" or "shared memory". */
void restore_fill_failed(struct restore *rs, const char *what, const struct spawn_result *result);

/* Opens the unit's outside files into rs->outside. On an error the reason names the file. */
int restore_open_outside(struct restore *rs);

#endif /* PRAM_RESTORE_STATE_H */
