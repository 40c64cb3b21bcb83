/* SPDX-License-Identifier: GPL-2.0-only */
/* Who else uses a unit's files on a tmpfs: sharing is kept among the unit's processes alone. */
#ifndef PRAM_UNIT_IN_USE_H
#define PRAM_UNIT_IN_USE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pram.pb-c.h"

struct inuse_file {
	dev_t dev;
	ino_t ino;
	char *path;		/* inuse_problem()'s own, as the next */
	bool nameless;
	uint32_t user;		/* a process that is not of the unit and has it open or mapped */
};

/* Sets @user of those files that have one. */
int inuse_find(Pram__Process *const *procs, size_t n_procs, struct inuse_file *files, size_t n);

/*
 * Why the processes cannot be kept, or NULL: they can write to a file of a tmpfs that another
 * process maps or can write to, and after a restore they would have another one of that name;
 * or they map memory without a name that another process has as well. @buf is for the text.
 */
const char *inuse_problem(Pram__Process *const *procs, size_t n_procs, char *buf, size_t size);

#endif /* PRAM_UNIT_IN_USE_H */
