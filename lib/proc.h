/* SPDX-License-Identifier: GPL-2.0-only */
/* Facts about processes, read from /proc. */
#ifndef PRAM_PROC_H
#define PRAM_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pram.pb-c.h"

#define PROC_COMM_MAX 64
#define PROC_TREE_MAX 65536
#define PROC_PF_KTHREAD 0x00200000u

struct proc_stat {
	uint32_t pid;
	uint32_t ppid;
	uint32_t session;
	int32_t tty;
	uint32_t flags;
	uint64_t starttime;	/* clock ticks since boot */
	char state;
	char comm[PROC_COMM_MAX];
};

/* Parses the contents of /proc/PID/stat. -EINVAL if the text does not have that form. */
int proc_stat_parse(const char *text, struct proc_stat *ret);

/* -ESRCH: there is no such process. */
int proc_stat_read(uint32_t pid, struct proc_stat *ret);

/* Is there a process (a zombie counts) or thread with that id? */
bool proc_exists(uint32_t pid);

/*
 * Has the process ended, is it a zombie, or is it about to be one? It is not dumped then, and has
 * no namespaces: /proc/PID/mountinfo, for instance, cannot be opened (EINVAL).
 */
bool proc_is_ending(uint32_t pid);

/* Is the process that started at @starttime (see above) still alive? A zombie is not. */
bool proc_same(uint32_t pid, uint64_t starttime);

/* Is @pid equal to @self, or an ancestor of it? */
bool proc_is_ancestor(uint32_t pid, uint32_t self);

/*
 * Parses "KEY:   123 kB" in the contents of /proc/PID/status. Returns bytes; 0 without such a
 * line.
 */
uint64_t proc_status_bytes(const char *text, const char *key);

/* Bytes that CRIU would have to save: anonymous and shared memory, swapped out or not. */
uint64_t proc_rss(uint32_t pid);

/* Bytes that processes can still allocate; 0 if that is not known. */
uint64_t proc_mem_available(void);

/* The effective user of the process, in the caller's user namespace. -ESRCH: it has ended. */
int proc_uid(uint32_t pid, uint32_t *ret);

/*
 * Calls @fn for each process until it returns another value than 0, which is the result then.
 * Otherwise returns 0 or -errno.
 */
int proc_each(int (*fn)(uint32_t pid, void *userdata), void *userdata);

/* The path of the process's control group (v2), without "0::". The caller frees it. */
int proc_cgroup(uint32_t pid, char **ret);

/*
 * A process with all its descendants, the root first, as messages of a manifest. proc_tree_free()
 * frees them. -ESRCH: the root does not exist. -E2BIG: more than PROC_TREE_MAX processes or
 * threads.
 */
int proc_tree(uint32_t root, Pram__Process ***ret, size_t *ret_n);
void proc_tree_free(Pram__Process **procs, size_t n);

/* Is @pid one of these processes? */
bool proc_tree_has(Pram__Process *const *procs, size_t n, uint32_t pid);

/*
 * Is @pid a living process outside of the tree @procs, whose root is first? Processes that were
 * forked by the tree after it was listed belong to it.
 */
bool proc_is_outside(Pram__Process *const *procs, size_t n, uint32_t pid);

#endif /* PRAM_PROC_H */
