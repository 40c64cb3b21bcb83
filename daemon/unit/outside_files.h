/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open files outside of their process's mount namespace. systemd opens /dev/null, or the file of
 * StandardOutput=, before it creates the unit's mount namespace, so CRIU does not find their
 * mount there. They are external files to CRIU: the dump names them by mount and inode, and the
 * restore passes descriptors for them.
 */
#ifndef PRAM_UNIT_OUTSIDE_FILES_H
#define PRAM_UNIT_OUTSIDE_FILES_H

#include "pram.pb-c.h"

/*
 * Appends the outside files of the processes; the caller frees messages and array. -E2BIG: more
 * than OUTSIDE_MAX. Other negative errno: they cannot be read.
 */
int outside_files(Pram__Process *const *procs, size_t n_procs, Pram__OutsideFile ***ret,
		  size_t *ret_n);

/*
 * Opens the file again in the caller's mount namespace, with the saved flags and position.
 * Returns a descriptor, which the caller closes, or a negative errno: -ELOOP if a component of the
 * path is a symbolic link, -EMEDIUMTYPE if there is another kind of file now.
 */
int outside_open(const Pram__OutsideFile *f);

#endif /* PRAM_UNIT_OUTSIDE_FILES_H */
