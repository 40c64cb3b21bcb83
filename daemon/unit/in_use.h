/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds other users of a unit's tmpfs files: a restore keeps only the sharing within the unit. */
#ifndef PRAM_UNIT_IN_USE_H
#define PRAM_UNIT_IN_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pram.pb-c.h"
#include "reasons.h"

struct inuse_file {
	dev_t dev;
	ino_t ino;
	char *path;		/* belongs to in_use.c */
	bool nameless;
	uint32_t user;		/* PID of a process outside of the unit that uses the file, or 0 */
};

/*
 * Sets @user of each file in the array that another process uses. Returns a negative errno on
 * failure.
 */
int inuse_find(Pram__Process *const *procs, size_t n_procs, struct inuse_file *files, size_t n);

/*
 * Returns true, and why in @ret, if the processes share files with others. Either they can write to
 * a tmpfs file that another process maps or can write to: after a restore each side would have its
 * own file. Or they map memory without a name that another process has, too.
 */
bool inuse_problem(Pram__Process *const *procs, size_t n_procs, struct reason_told *ret);

#endif /* PRAM_UNIT_IN_USE_H */
