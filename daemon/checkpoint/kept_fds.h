/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The open files of a checkpoint that are kept in place. systemd holds a second descriptor of
 * each (FDSTORE=), for pramd's next instance.
 */
#ifndef PRAM_CHECKPOINT_KEPT_FDS_H
#define PRAM_CHECKPOINT_KEPT_FDS_H

#include <stdbool.h>
#include <stddef.h>

#define KEPT_PREFIX "kept-"

/* By their place in the manifest's list; -1: none. */
struct kept {
	size_t n;
	struct {
		int fd;		/* has the contents, which are in no node */
		int target;	/* the new file, being filled or in use by the restored */
	} v[];
};

/* Room for @n files, none open; what there is stays. */
int kept_alloc(struct kept **kept, size_t n);

/* Closes and frees those of checkpoint @ckpt; systemd does so, too. */
void kept_close(struct kept **kept, const char *ckpt);

/* systemd holds such a descriptor for the next instance; and no longer. */
void kept_store(const char *ckpt, size_t i, int fd);
void kept_store_all(const char *ckpt, const struct kept *kept);
void kept_unstore(const char *ckpt, size_t i);

/* Is a descriptor that systemd passes by this name one of these? */
bool kept_is_stored(const char *fdname);

#endif /* PRAM_CHECKPOINT_KEPT_FDS_H */
