/* SPDX-License-Identifier: GPL-2.0-only */
/* Within kept*.c: names and descriptors of files that are kept in place. */
#ifndef PRAM_KEPTSTATE_H
#define PRAM_KEPTSTATE_H

#include <sys/stat.h>

#include "unit/in_use.h"
#include "checkpoint/kept.h"

#define KEPT_PREFIX "kept-"
#define NSEC_PER_SEC 1000000000LL

/* "kept-N", what the node is named by. */
#define KEPT_NAME_SIZE 32
void kept_name(size_t i, char *buf);

/* For people: a path, or what it is. */
const char *kept_label(const Pram__KeptFile *f);

static inline bool kept_is_shared(const Pram__KeptFile *f)
{
	return !f->n_paths;
}

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

/* Room for @n files, none open; what there is stays. */
int kept_alloc(struct ckpt *c, size_t n);

/*
 * Opens @path below @root, with no symbolic link on the way: what is in there is not ours. With
 * O_CREAT it is made anew, and so are directories that are missing.
 */
int kept_open(int root, const char *path, int flags);

/* The directory that @path is in, and the name in there: @ret_name points into @path. */
int kept_parent(int root, const char *path, bool make, const char **ret_name);

/* systemd holds such a descriptor for the next instance; and no longer. */
void kept_store(const struct ckpt *c, size_t i, int fd);
void kept_store_all(const struct ckpt *c);
void kept_unstore(const struct ckpt *c, size_t i);

#endif /* PRAM_KEPTSTATE_H */
