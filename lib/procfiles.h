/* SPDX-License-Identifier: GPL-2.0-only */
/* Open files and mappings of a process, read from /proc. */
#ifndef PRAM_PROCFILES_H
#define PRAM_PROCFILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Valid only during the call of the callback. */
struct proc_fd {
	uint32_t pid;
	int dir;		/* /proc/PID/fd, for fstatat() and the like */
	const char *name;	/* the number of the descriptor, as text */
	const char *target;	/* a path as the process sees it, or "socket:[…]" and the like */
};

struct proc_mapping {
	uint32_t pid;
	uint64_t start, end;
	dev_t dev;
	ino_t ino;		/* 0: not a file mapping */
	const char *path;	/* a path as the process sees it, "[heap]" and the like, or "" */
	bool shared;
	bool writable;
	bool executable;
};

/* Callbacks. A result other than 0 ends the iteration and becomes its result. */
typedef int (*proc_fd_fn)(const struct proc_fd *fd, void *userdata);
typedef int (*proc_mapping_fn)(const struct proc_mapping *m, void *userdata);

/*
 * Calls @fn for each descriptor or mapping. Returns 0, also if the process has ended; what @fn
 * returned; or a negative errno.
 */
int proc_each_fd(uint32_t pid, proc_fd_fn fn, void *userdata);
int proc_each_mapping(uint32_t pid, proc_mapping_fn fn, void *userdata);

/* Is the file open for writing? If that cannot be found out: yes. */
bool proc_fd_writes(const struct proc_fd *fd);

/*
 * Parses a line of /proc/PID/maps without its newline. @ret->path points into @line. Does not set
 * @ret->pid.
 */
bool proc_mapping_parse(const char *line, struct proc_mapping *ret);

#endif /* PRAM_PROCFILES_H */
