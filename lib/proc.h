/* SPDX-License-Identifier: GPL-2.0-only */
/* What /proc says about processes. */
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
	uint64_t starttime;
	char state;
	char comm[PROC_COMM_MAX];
};

/* The text of /proc/PID/stat; -EINVAL if it is not that. */
int proc_stat_parse(const char *text, struct proc_stat *ret);

/* -ESRCH: no such process. */
int proc_stat_read(uint32_t pid, struct proc_stat *ret);

/* There is a process (a zombie too) or thread with that id. */
bool proc_exists(uint32_t pid);

/* It is alive (no zombie) and still the one that started at @starttime. */
bool proc_same(uint32_t pid, uint64_t starttime);

/* @pid is @self or one of its ancestors. */
bool proc_is_ancestor(uint32_t pid, uint32_t self);

/* "Name:   123 kB" of /proc/PID/status, in bytes; 0 if it is not there. */
uint64_t proc_status_bytes(const char *text, const char *key);

/* What CRIU would have to keep: anonymous and shared memory. */
uint64_t proc_rss(uint32_t pid);

/* Path of the process's control group (v2), without "0::". */
int proc_cgroup(uint32_t pid, char **ret);

/*
 * The process and all that descend from it, as messages of a manifest, the
 * root first. -ESRCH without the root, -E2BIG for too many.
 */
int proc_tree(uint32_t root, Pram__Process ***ret, size_t *ret_n);
void proc_tree_free(Pram__Process **procs, size_t n);

/* It is one of these. */
bool proc_tree_has(Pram__Process *const *procs, size_t n, uint32_t pid);

/* It lives, is none of these, and has not been born of one since they were listed. The root is first. */
bool proc_is_outside(Pram__Process *const *procs, size_t n, uint32_t pid);

#endif /* PRAM_PROC_H */
