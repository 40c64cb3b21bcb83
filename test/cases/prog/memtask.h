/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes with memory of the kinds that the command line names, and what is done to them. */
#ifndef TEST_CASES_PROG_MEMTASK_H
#define TEST_CASES_PROG_MEMTASK_H

#include <stdbool.h>
#include <sys/types.h>

#include "dev.h"

#define NODE "memtest"
#define VMAS 256

struct kind;

/* Of the kinds, NULL at the end. */
extern char **names;

/* What was taken last, mapping by mapping. */
extern struct pram_vma vmas[VMAS];
extern unsigned int nr_vmas;

/* Called before and after the call that takes, if set. */
extern void (*around_take)(bool begin);

/* First of all. */
void memtask_init(void);

/* The @i-th of the kinds; NULL behind the last. */
const struct kind *each(unsigned int i);

/* All memory of this process is what it has to be; with @rewrite it is written to as well. */
bool check_all(bool rewrite);

/* Ends the program if @ret is negative. */
void must(const char *what, int ret);

int pidfd(pid_t pid);

/* A process with memory of all kinds, stopped; when it goes on, it looks at it. */
pid_t start(void);

/* Waits for its end, which must be a good one. */
void wait_end(pid_t pid);

/* Kills it. */
void end(pid_t pid);

/* 0 or -errno. */
int take(int node, pid_t pid, struct pram_take *arg);

/* Into a new node, whose descriptor it returns; and what was taken is what had to be. */
int save(const char *name, pid_t pid);

/* Offset and protection of what was taken, as CRIU would read them: in copied and reserved of vmas[]. */
void remember(pid_t pid);

/* Leaves only our kinds in vmas[]: the rest is the program's own and in use in a new process. */
void only_ours(void);

/* Committed; the process is stopped. What its mappings were is in *@ret. */
pid_t start_kept(char **ret);

/* Another process, that maps what vmas[] says, and stops; when it goes on, it looks at it. */
pid_t start_bound(const char *name);

/* The memory of a node into that. */
void put(const char *name, pid_t pid);

#endif
