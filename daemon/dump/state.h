/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of one dump, and the steps of dump.c. Most files are named for their steps. */
#ifndef PRAM_DUMP_STATE_H
#define PRAM_DUMP_STATE_H

#include "checkpoint/store.h"
#include "core/job.h"
#include "core/spawn.h"
#include "core/steps.h"
#include "unit/conf.h"

struct client;
struct dump_group;
struct dump_group_ops;
struct kept_stow;
struct manager;
struct unit_info;

enum dump_state {
	DUMP_PREPARE,	/* CRIU has not been started */
	DUMP_CRIU,	/* CRIU waits to freeze the tree, or works: the images are not complete */
	DUMP_STORE,	/* images are moved into PRAM; the tree is frozen, or dead */
	DUMP_END,	/* the hook has its answer: CRIU ends */
};

struct dump {
	struct dump *next;	/* in the manager's list */
	struct steps steps;
	struct job *job;
	struct manager *m;
	char *name;
	uint32_t pid;
	uint64_t starttime;
	Pram__Options *options;	/* as requested, or NULL */
	struct unit_info *unit;	/* the unit whose main process it is, or NULL */
	struct unit_conf unit_conf;
	struct ckpt *ckpt;	/* in state BUSY; NULL: none yet, or passed on to a restore */
	enum dump_state state;
	struct dump_group *group;	/* gives the verdict; NULL: alone, or has ended */
	const struct dump_group_ops *group_ops;
	bool frozen;		/* CRIU was allowed to freeze the tree */
	bool has_turn;		/* of the group: CRIU works on the tree */
	bool prepared;		/* waits for the group's verdict */
	bool committed;		/* the memory nodes are committed */
	bool ended;		/* pramd ended the tree, so CRIU's exit status does not matter */
	unsigned int looks;	/* how often the end of the processes was looked for */
	size_t alive;		/* processes that are not zombies, when the tree was frozen */
	Pram__Manifest *manifest;
	int dir;
	char *logs;
	char *log;
	uint64_t token;
	uint64_t timeout_usec;
	struct client *ready;	/* hook that waits before CRIU freezes the tree, or NULL */
	struct client *hook;	/* hook that waits for the verdict, or NULL */
	sd_event_source *watchdog;	/* pings systemd's watchdog for the frozen unit */
	struct spawn *criu;
	bool criu_ended;
	bool images_written;	/* CRIU has written all images: they can be restored */
	struct spawn *saving;	/* tar, for the unit's files */
	size_t stored;		/* number of images that are in nodes */
	struct store_sum sum;
	struct kept_stow *stow;	/* moves the unit's files into nodes */
	struct store_sum kept_sum;
	outcome_t done;
	void *userdata;
};

/* alive.c */
bool dump_tree_lives(const struct dump *d);	/* its root process */
size_t dump_count_alive(const struct dump *d);

const Pram__Process *dump_first_alive(const struct dump *d);	/* or NULL */

/* check.c */
int dump_check(void *op);

/* manifest.c */
int dump_describe(void *op);
int dump_complete_manifest(void *op);
int dump_store_manifest(void *op);

/* run_criu.c */
int dump_make_place(void *op);
int dump_run_criu(void *op);

/* freeze.c */
void dump_freeze(struct dump *d);
void dump_call_off(struct dump *d, const char *why);
int dump_looked(struct dump *d, int r);
const char *dump_frozen_problem(const struct dump *d, char *buf, size_t size);
void dump_answer_hook(struct dump *d, Pram__Code code);

/* criu_end.c */
void dump_on_criu(void *userdata, const struct spawn_result *result);
void dump_fail_prepared(struct dump *d);

/* save_sandbox.c */
int dump_save_sandbox(void *op);

/* packets.c */
int dump_save_network_lock(struct dump *d);

/* save_files.c */
int dump_save_files(void *op);
int dump_store_files(void *op);

/* check_needs.c */
int dump_check_needs(void *op);

/* store_images.c */
int dump_fix_timers(void *op);
int dump_store_images(void *op);

/* end_tree.c */
int dump_memory_nodes(const struct dump *d, char ***names, size_t *n);
int dump_commit(void *op);
int dump_end_tree(void *op);
uint64_t dump_end_tree_pause(void *op);
int dump_look_if_ended(void *op);

/* finish.c */
int dump_finish(void *op);

/* undo.c */
int dump_let_tree_run(void *op);
int dump_remove_place(void *op);

#endif /* PRAM_DUMP_STATE_H */
