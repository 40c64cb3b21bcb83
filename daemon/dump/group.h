/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: several dumps with one verdict
 *
 *   dump A ─ CRIU waits ─► freeze ─► images in nodes ─ hook waits ─┐
 *   dump B ─ CRIU waits ─────► freeze ─► images in nodes ─ waits ──┼─► one verdict: all trees are
 *   dump C ─ CRIU waits ─► freeze ─► images in nodes ─ waits ──────┘   ended, or all run on
 *
 * First all CRIUs start and wait in their pre-dump scripts, where no process is frozen yet. Then
 * the group lets as many of them work at a time as there are slots, the largest trees first. Each
 * dump ends its steps before STEP_COMMIT and waits there, its tree frozen.
 *
 * Until the verdict nothing has been ended, so a group that is called off restores nothing: the
 * trees continue where they were stopped.
 */
#ifndef PRAM_DUMP_GROUP_H
#define PRAM_DUMP_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/job.h"

#define PRAMD_STOPS "pramd was asked to stop: try again when it runs"

struct dump_args;
struct dump_group;
struct manager;

/*
 * Nothing is to be done at the moment: each dump of the group waits for the verdict, or has ended.
 * Called once for each dump_group_start(), dump_group_commit() and dump_group_call_off() that
 * returns STEP_WAIT.
 */
typedef void (*dump_group_settled_t)(void *userdata);

/* Returns NULL without memory. As many CRIUs work at a time as ParallelDumps= says. */
struct dump_group *dump_group_new(struct job *job);

/* All dumps of the group have ended. @g may be NULL. */
void dump_group_free(struct dump_group *g);

/*
 * Adds a dump, which starts from the event loop. @done is called when it has ended; the group does
 * not call anything off by itself. See dump_start() for @args; what concerns the group is set here.
 */
void dump_group_add(struct dump_group *g, struct dump_args *args, outcome_t done, void *userdata);

/* All dumps were added. Returns STEP_WAIT, or STEP_DONE if there is none. */
int dump_group_start(struct dump_group *g, dump_group_settled_t settled, void *userdata);

/*
 * The same for dumps that are only tried: each is called off as soon as it is ready, and its tree
 * runs on without waiting for the others. @why is for the messages of the dumps, and constant.
 */
int dump_group_rehearse(struct dump_group *g, const char *why, dump_group_settled_t settled,
			void *userdata);

/*
 * The verdict is yes: commits the memory of all trees in one call, then ends all trees. On an error
 * nothing has changed, and the caller has to call the group off. The reason is in @ret_why, a
 * constant or in @buf. Otherwise as dump_group_start().
 */
int dump_group_commit(struct dump_group *g, char *buf, size_t size, const char **ret_why);

/*
 * The verdict is no: all trees that have not been ended run on. @why is for the messages of the
 * dumps, and constant. May be called again. Otherwise as dump_group_start().
 */
int dump_group_call_off(struct dump_group *g, const char *why);

/*
 * The same for callers that do not wait for the group: the @done of a dump, or a signal. It changes
 * nothing in what the owner of the group waits for.
 */
void dump_group_refuse(struct dump_group *g, const char *why);

/* The number of dumps that wait for the verdict, and of those that have not ended. */
size_t dump_group_prepared(const struct dump_group *g);
size_t dump_group_size(const struct dump_group *g);

/* pramd was asked to stop: calls off each group that has no verdict yet. */
void dump_groups_stop(struct manager *m);

#endif /* PRAM_DUMP_GROUP_H */
