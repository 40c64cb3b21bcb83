/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two processes of devfuzz share, their descriptors, and the tasks whose memory they take. */
#ifndef TEST_CASES_PROG_FUZZ_H
#define TEST_CASES_PROG_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "dev.h"

#define NAMES		6
#define SLOTS		24
#define TASKS		3
#define VIEW		((char *)0x210000000000ul)	/* where a worker maps a node */
#define LEN		(1ul << 20)			/* of a view, and of the memory of a task */

enum slot_kind { EMPTY, DEVICE, NEW, OLD, HIDDEN, MEMFD };

/* A descriptor. */
struct slot {
	int fd;
	enum slot_kind kind;
	uint32_t type;		/* of a NEW node; of a MEMFD: whether it was created with contents */
	unsigned int name;	/* of a node */
};

/* A process that a worker has started: stopped, or running until it stops again. */
struct task {
	pid_t pid;
	bool bound;
	unsigned int name;	/* of the node to which it is bound */
};

struct shared {
	pid_t workers[2];
	struct slot slots[2][SLOTS];
	struct task tasks[2][TASKS];
	long off[NAMES];	/* of the memory of a task in the node */
	volatile bool wrong, stop;
};

extern struct shared *shared;
extern unsigned int me;		/* 0 or 1 */

/* All random numbers of a call come from the seed and the number of the call. */
void draw_from(uint64_t seed, uint64_t n);
uint32_t draw(uint32_t n);
bool rarely(void);

/* Something has changed that must not. Ends the run. */
void wrong(const char *what);

/* Each page of a file or of memory begins with such a word. */
uint64_t word_at(uint64_t page);

void fuzz_name(char *to, unsigned int name);

/* Makes the call, now and then with a damaged argument, or with one that is no memory. Returns -errno on an error. */
int call(int fd, unsigned long nr, void *arg);

/* A slot of this kind and type (-1: any), or in rare cases any. NULL: there is none. */
struct slot *pick(enum slot_kind kind, int type);
int pick_device(void);
/* Keeps the descriptor. If all slots are in use, it replaces a random one. */
int keep(int fd, enum slot_kind kind, uint32_t type, unsigned int name);
void empty(struct slot *s);

/* A task of either worker. */
struct task *pick_task(bool bound);
int pidfd_of(const struct task *t);
/* Starts a task with memory of its own (@off -1), or with that of a node, instead of another task. */
int start_task(long off, unsigned int name);
/* The task checks its memory, and stops again. It may be killed by a signal if its node is gone. */
int continue_task(struct task *t);
void end_task(struct task *t);
/* The offset in the node of the memory that was taken, or -1. */
long offset_of(pid_t pid);

/* fuzzcall.c */
struct fuzz_call {
	const char *name;
	unsigned int weight;	/* how often it is drawn */
	int (*call)(void);
};

#define FUZZ_CALLS 29
extern const struct fuzz_call fuzz_calls[FUZZ_CALLS];

#endif
