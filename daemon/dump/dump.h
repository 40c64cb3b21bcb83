/* SPDX-License-Identifier: GPL-2.0-only */
/* A checkpoint: a process tree becomes images, the images become nodes. The steps are in dump.c. */
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
	uint64_t starttime;	/* 0: whoever has that pid */
	const Pram__Options *options;
	struct unit_info *unit;	/* whose main process it is, or NULL; taken over */
	const struct unit_conf *unit_conf;
};

extern const struct step_table dump_table;

/* @done is called exactly once, at the latest from the event loop. @args need not last. */
void dump_start(struct job *job, const struct dump_args *args, outcome_t done, void *userdata);

/* Why @pid cannot be dumped, in one line, or NULL. @buf is for the text. */
const char *dump_problem(uint32_t pid, uint64_t starttime, uint32_t client_pid, char *buf,
			 size_t size);

/* CRIU's hook has come, or a client, maybe that hook, has gone. */
void dump_hook(struct manager *m, struct client *client, uint64_t token);
void dump_client_gone(struct manager *m, struct client *client);

#endif /* PRAM_DUMP_DUMP_H */
