/* SPDX-License-Identifier: GPL-2.0-only */
/* Makes a checkpoint of a process tree. The steps are in dump.c. */
#ifndef PRAM_DUMP_DUMP_H
#define PRAM_DUMP_DUMP_H

#include "core/job.h"

struct client;
struct step_table;
struct unit_conf;
struct unit_info;

struct dump_args {
	const char *name;
	uint32_t pid;
	uint64_t starttime;	/* 0: do not compare */
	const Pram__Options *options;
	struct unit_info *unit;	/* the unit whose main process it is, or NULL; taken over */
	const struct unit_conf *unit_conf;
};

extern const struct step_table dump_table;

/*
 * @done is called exactly once, either before this function returns or from the event loop. @args
 * is not used afterwards.
 */
void dump_start(struct job *job, const struct dump_args *args, outcome_t done, void *userdata);

/* Returns why @pid cannot be dumped, as one line in @buf, or NULL. */
const char *dump_problem(uint32_t pid, uint64_t starttime, uint32_t client_pid, char *buf,
			 size_t size);

/* Handles a request of CRIU's hook. */
void dump_hook(struct manager *m, struct client *client, uint64_t token);

/* A client has disconnected; it may be the hook. */
void dump_client_gone(struct manager *m, struct client *client);

#endif /* PRAM_DUMP_DUMP_H */
