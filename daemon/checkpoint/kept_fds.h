/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The open descriptors of a checkpoint's kept files. systemd stores a second descriptor of each
 * (FDSTORE=), for the case that pramd restarts.
 */
#ifndef PRAM_CHECKPOINT_KEPT_FDS_H
#define PRAM_CHECKPOINT_KEPT_FDS_H

#include <stdbool.h>
#include <stddef.h>

#define KEPT_PREFIX "kept-"

/* Index as in the manifest's list; -1: not open. */
struct kept {
	size_t n;
	struct {
		int fd;		/* the contents, if they are not in a node */
		int target;	/* the restore's new file, being filled or in use */
	} v[];
};

/* Makes room for @n files; new entries are -1, existing ones stay. -ENOMEM. */
int kept_alloc(struct kept **kept, size_t n);

/* Closes all descriptors of checkpoint @ckpt, here and in systemd, and frees @kept. */
void kept_close(struct kept **kept, const char *ckpt);

/* Store a descriptor in systemd for the next pramd; remove it from there. */
void kept_store(const char *ckpt, size_t i, int fd);
void kept_store_all(const char *ckpt, const struct kept *kept);
void kept_unstore(const char *ckpt, size_t i);

/* Is @fdname, the name of a descriptor from systemd, one of these? */
bool kept_is_stored(const char *fdname);

#endif /* PRAM_CHECKPOINT_KEPT_FDS_H */
