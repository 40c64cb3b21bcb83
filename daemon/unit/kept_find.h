/* SPDX-License-Identifier: GPL-2.0-only */
/* Selects the files and the shared memory of a unit that are kept in place: checkpoint/kept.h. */
#ifndef PRAM_UNIT_KEPT_FIND_H
#define PRAM_UNIT_KEPT_FIND_H

#include <stddef.h>
#include <sys/stat.h>

#include "unit/in_use.h"
#include "pram.pb-c.h"

struct ckpt;
struct unit_info;

/*
 * Opens the files to keep of a frozen unit, and describes them in @unit->kept: files below @paths
 * (from unit_files()), and shared memory that the plugin has listed in the images directory @dir.
 * Files that others use are left to the archive, and so are small ones, for which a copy is
 * faster. Returns a negative errno on failure; -EBUSY: a process outside uses the shared memory.
 */
int kept_find(const struct unit_info *u, char *const *paths, size_t n_paths,
	      Pram__Process *const *procs, size_t n_procs, int dir, Pram__Unit *unit,
	      struct ckpt *c);

/* --- private to kept_find*.c --------------------------------------------------------------- */

/* State of a search. Arrays have the indices of unit->kept. */
struct kept_found {
	Pram__Unit *unit;
	struct ckpt *c;
	struct inuse_file *files;
	nlink_t *links;		/* hard links that exist */
	int root;
};

/* kept_found.c */
/*
 * Appends an entry. On success takes @fd over. Always takes @f over, which may be NULL (-ENOMEM).
 */
int kept_add(struct kept_found *find, int fd, const struct stat *st, Pram__KeptFile *f);
/* The entry of a file that has been found already, or NULL. */
Pram__KeptFile *kept_known(const struct kept_found *find, const struct stat *st);

/* kept_find_shared.c */
/*
 * Adds the shared memory that the plugin has listed in the images directory @dir. Returns a
 * negative errno on failure.
 */
int kept_find_shared(struct kept_found *find, int dir, Pram__Process *const *procs, size_t n_procs);

#endif /* PRAM_UNIT_KEPT_FIND_H */
