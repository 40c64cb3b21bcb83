/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations on processes that have memory of the kinds named on the command line. */
#ifndef TEST_CASES_PROG_MEMTASK_H
#define TEST_CASES_PROG_MEMTASK_H

#include <stdbool.h>
#include <sys/types.h>

#include "dev.h"
#include "memkind.h"

#define NODE "memtest"
#define VMAS 256

/* The mappings of the last take. */
extern struct pram_vma vmas[VMAS];
extern unsigned int nr_vmas;

/* If set, called before and after the ioctl() that takes memory. */
extern void (*around_take)(bool begin);

/* Must be called first. */
void memtask_init(void);

/* Checks all memory of this process; with @rewrite also writes to it. */
bool check_all(bool rewrite);

/* Ends the program if @ret is negative. */
void must(const char *what, int ret);

int pidfd(pid_t pid);

/* Starts a process with memory of all kinds, and stops it. When it is continued, it checks its memory. */
pid_t start(void);

/* Waits until the process ends. It must end with exit status 0. */
void wait_end(pid_t pid);

/* Kills the process. */
void end(pid_t pid);

/* 0 or -errno. */
int take(int node, pid_t pid, struct pram_take *arg);

/* Takes the memory into a new node and checks the result. Returns the descriptor of the node. */
int save(const char *name, pid_t pid);

/* Stores offset and protection of the mappings of the node in the fields copied and reserved of vmas[]. */
void remember(pid_t pid);

/* Removes all but the test kinds from vmas[]: the rest belongs to the program and is in use in a new process. */
void only_ours(void);

/* Starts a process and commits its memory; the process stays stopped. *@ret is the description of its mappings. */
pid_t start_kept(char **ret);

/* Starts another process that maps vmas[] from the node, and stops it. When it is continued, it checks its memory. */
pid_t start_bound(const char *name);

/* Puts the memory of the node into such a process. */
void put(const char *name, pid_t pid);

#endif
