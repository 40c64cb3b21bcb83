/* SPDX-License-Identifier: GPL-2.0-only */
/* What a process has open and mapped, read off /proc. */
#ifndef PRAM_PROCFILES_H
#define PRAM_PROCFILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Good until the function that it is given to returns. */
struct proc_fd {
	uint32_t pid;
	int dir;		/* /proc/PID/fd, for fstatat() and the like */
	const char *name;	/* the descriptor's number */
	const char *target;	/* a path, as the process sees it, or "socket:[…]" and the like */
};

struct proc_mapping {
	uint32_t pid;
	uint64_t start, end;
	dev_t dev;
	ino_t ino;		/* 0: no file */
	const char *path;	/* as the process sees it, "[heap]" and the like, or "" */
	bool shared;
	bool writable;
};

/* What is not 0 ends the walk, and is its result. */
typedef int (*proc_fd_fn)(const struct proc_fd *fd, void *userdata);
typedef int (*proc_mapping_fn)(const struct proc_mapping *m, void *userdata);

/* A process that has ended has neither. Other errors are negative errno values. */
int proc_each_fd(uint32_t pid, proc_fd_fn fn, void *userdata);
int proc_each_mapping(uint32_t pid, proc_mapping_fn fn, void *userdata);

/* A line of /proc/PID/maps, without its end. The path stays in @line. */
bool proc_mapping_parse(const char *line, struct proc_mapping *ret);

#endif /* PRAM_PROCFILES_H */
