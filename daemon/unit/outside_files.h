/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open files that lie outside of their process's mount namespace. systemd opens
 * /dev/null, or the file of StandardOutput=, before it makes a unit's sandbox, and CRIU
 * cannot look up their mount there. To it they are external: named by mount and
 * inode at the dump, handed in as descriptors at the restore.
 */
#ifndef PRAM_UNIT_OUTSIDE_FILES_H
#define PRAM_UNIT_OUTSIDE_FILES_H

#include "pram.pb-c.h"

/* -E2BIG: more than a manifest takes. */
int outside_files(Pram__Process *const *procs, size_t n_procs, Pram__OutsideFile ***ret,
		  size_t *ret_n);

/* Opens it again, in the mount namespace of the caller. */
int outside_open(const Pram__OutsideFile *f);

#endif /* PRAM_UNIT_OUTSIDE_FILES_H */
