/* SPDX-License-Identifier: GPL-2.0-only */
/* One checkpoint being made: the steps of dump.c, by the file that has them. */
#ifndef PRAM_DUMP_STATE_H
#define PRAM_DUMP_STATE_H

#include "checkpoint/store.h"
#include "core/job.h"
#include "core/spawn.h"
#include "core/steps.h"
#include "unit/conf.h"

struct client;
struct kept_stow;
struct manager;
struct unit_info;

enum dump_state {
	DUMP_PREPARE,	/* CRIU has not been started */
	DUMP_CRIU,	/* CRIU works, its hook has not come */
	DUMP_STORE,	/* images are moved into PRAM; the tree is frozen, or dead */
	DUMP_END,	/* the hook has its answer: CRIU ends */
};

struct dump {
	struct dump *next;	/* of the manager's */
	struct steps steps;
	struct job *job;
	struct manager *m;
	char *name;
	uint32_t pid;
	uint64_t starttime;
	Pram__Options *options;	/* as requested, or NULL */
	struct unit_info *unit;	/* whose main process it is, or NULL */
	struct unit_conf unit_conf;
	struct ckpt *ckpt;	/* BUSY; NULL: none yet, or no longer this dump's */
	enum dump_state state;
	Pram__Manifest *manifest;
	int dir;
	char *logs;
	char *log;
	uint64_t token;
	uint64_t timeout_usec;
	struct client *hook;	/* that waits for the verdict */
	struct spawn *criu;
	bool criu_ended;
	bool images_written;	/* by CRIU, all of them: they can be restored */
	struct spawn *saving;	/* of the unit's files */
	size_t stored;		/* images, of the manifest's */
	struct store_sum sum;
	struct kept_stow *stow;	/* of the unit's files that are kept in place */
	struct store_sum kept_sum;
	outcome_t done;
	void *userdata;
};

bool dump_tree_lives(const struct dump *d);

/* start.c */
int dump_describe(void *op);
int dump_make_place(void *op);
int dump_remove_place(void *op);
int dump_run_criu(void *op);

/* criu_verdict.c */
int dump_let_tree_run(void *op);
int dump_end_tree(void *op);
void dump_on_criu(void *userdata, const struct spawn_result *result);

/* save_unit.c */
int dump_save_sandbox(void *op);
int dump_save_files(void *op);
int dump_store_files(void *op);

/* images.c */
int dump_mend_timers(void *op);
int dump_complete_manifest(void *op);
int dump_store_images(void *op);
int dump_commit(void *op);
int dump_finish(void *op);

#endif /* PRAM_DUMP_STATE_H */
