/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes a checkpoint of a process tree. The steps are in dump.c. */
#ifndef PRAM_DUMP_DUMP_H
#define PRAM_DUMP_DUMP_H

#include "core/job.h"
#include "reasons.h"

struct client;
struct dump;
struct dump_group;
struct step_table;
struct unit_conf;
struct unit_info;

/* How a dump tells its group, if it has one. */
struct dump_group_ops {
	void (*ready)(struct dump *d);		/* CRIU waits before it freezes the tree */
	void (*written)(struct dump *d);	/* CRIU has written the images, or has ended */
	void (*prepared)(struct dump *d);	/* the dump waits for the verdict */
};

struct dump_args {
	const char *name;
	uint32_t pid;
	uint64_t starttime;	/* 0: do not compare */
	const Pram__Options *options;
	struct unit_info *unit;	/* the unit whose main process it is, or NULL; taken over */
	const struct unit_conf *unit_conf;
	struct dump_group *group;	/* gives the verdict (group.h); NULL: the dump is alone */
	const struct dump_group_ops *group_ops;
};

/*
 * Fills in @args and @options, which must stay valid until dump_start(), for the main process of a
 * unit. @info is taken over.
 */
void dump_args_of_unit(struct dump_args *args, Pram__Options *options, const char *name,
		       struct unit_info *info, const struct unit_conf *conf);

extern const struct step_table dump_table;

/*
 * @done is called exactly once, either before this function returns or from the event loop. @args
 * is not used afterwards.
 */
void dump_start(struct job *job, struct dump_args *args, outcome_t done, void *userdata);

/* For a caller that cannot start the dump: frees what it would have taken over, and calls @done. */
void dump_not_started(struct dump_args *args, int err, outcome_t done, void *userdata);

/*
 * Kills the processes of a checkpoint, the root process first: as long as it lives, the checkpoint
 * does not count after a crash of pramd.
 */
void dump_end_processes(const Pram__Manifest *mf);

/* A process that is to be dumped now, or to be registered for later dumps. */
struct dump_candidate {
	uint32_t pid;
	uint64_t starttime;	/* 0: do not compare */
	uint32_t client_pid;	/* 0: not known */
	bool runs_on;		/* --leave-running */
	bool unit;		/* as the main process of its unit */
	bool anew;		/* to be registered, so it must not be registered already */
};

/* Returns true, and why in @ret, if the process cannot be dumped. */
bool dump_problem(const struct manager *m, const struct dump_candidate *c, struct reason_told *ret);

/* Handles a request of CRIU's hook, before the tree is frozen and when it was dumped. */
void dump_hook(struct manager *m, struct client *client, const Pram__HookRequest *req);

/* A client has disconnected; it may be the hook. */
void dump_client_gone(struct manager *m, struct client *client);

#endif /* PRAM_DUMP_DUMP_H */
