/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files of a unit's, and which shared memory, are kept in place: see checkpoint/kept.h. */
#ifndef PRAM_UNIT_KEPT_FIND_H
#define PRAM_UNIT_KEPT_FIND_H

#include <stddef.h>
#include <sys/stat.h>

#include "unit/in_use.h"
#include "pram.pb-c.h"

struct ckpt;
struct unit_info;

/*
 * Of a unit that is frozen: which files below @paths, as unit_files() lists them, are to be kept, and
 * which shared memory, as the plugin lists it among the images in @dir. Describes them in
 * @unit->kept and opens them. Files that somebody else uses are not kept; nor
 * small ones, which are copied more quickly than moved. -EBUSY: somebody else uses the memory.
 */
int kept_find(const struct unit_info *u, char *const *paths, size_t n_paths,
	      Pram__Process *const *procs, size_t n_procs, int dir, Pram__Unit *unit,
	      struct ckpt *c);

/* --- within kept_find*.c ------------------------------------------------------------------- */

/* What a dump finds; where in unit->kept, so in the arrays. */
struct kept_found {
	Pram__Unit *unit;
	struct ckpt *c;
	struct inuse_file *files;
	nlink_t *links;		/* there are */
	int root;
};

/* One more. Takes the descriptor over, unless it fails; @f, which may be NULL, in any case. */
int kept_add(struct kept_found *find, int fd, const struct stat *st, Pram__KeptFile *f);
Pram__KeptFile *kept_known(const struct kept_found *find, const struct stat *st);

/* Shared memory, as the plugin has listed it among the images in @dir. */
int kept_find_shared(struct kept_found *find, int dir, Pram__Process *const *procs, size_t n_procs);

#endif /* PRAM_UNIT_KEPT_FIND_H */
