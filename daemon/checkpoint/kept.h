/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kept files: files of a unit on a tmpfs (/run/UNIT, /dev/shm, PrivateTmp=), and shared memory of
 * its processes (anonymous, memfd, SysV), which is a tmpfs file without a name. They are kept in
 * place: their folios move into nodes "ckpt/NAME/kept-N" and back, as those of images do.
 *
 *   dump, tree frozen   kept_find() opens the files; the contents do not move yet
 *   tree ended          kept_stow() moves them into nodes; up to here nothing has changed
 *   restore             kept_make() creates the files, kept_fill() fills them; then CRIU restores
 *                       the tree; before the tree runs, kept_map() finds the shared memory that
 *                       CRIU has mapped, and kept_fill() fills that
 *   restore failed      kept_settle(), then kept_stow() moves what was filled into nodes again
 *
 * When a unit ends, systemd removes its directories, and an open descriptor is the only
 * reference to such a file. systemd stores a second one of each (FDSTORE=), for the case that
 * pramd restarts.
 */
#ifndef PRAM_CHECKPOINT_KEPT_H
#define PRAM_CHECKPOINT_KEPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checkpoint/store.h"
#include "pram.pb-c.h"

struct ckpt;
struct kept_stow;
struct manager;

typedef void (*kept_done_t)(void *userdata, int r, const char *path);

/* Writes "kept-N", the last part of the node's name, into @buf of KEPT_NAME_SIZE bytes. */
#define KEPT_NAME_SIZE 32
void kept_name(size_t i, char *buf);
bool kept_is_node(const char *file);

/* The first path, or "shared memory", for messages. Belongs to @f or is constant. */
const char *kept_label(const Pram__KeptFile *f);

static inline bool kept_is_shared(const Pram__KeptFile *f)
{
	return !f->n_paths;
}

/*
 * Moves the open files into nodes, after all processes of @mf have ended, and calls @done from
 * the event loop. @done may free the operation. On an error it gets the file's label, and each
 * file is either open or in a node. @sum (or NULL) is increased. Returns a negative errno if it
 * cannot start; otherwise @ret is freed with kept_stow_free().
 */
int kept_stow(struct manager *m, struct ckpt *c, const Pram__Manifest *mf, struct store_sum *sum,
	      kept_done_t done, void *userdata, struct kept_stow **ret);

/* The same without waiting. Files that cannot be moved stay open, and are logged. */
void kept_stow_now(struct manager *m, struct ckpt *c);

/* @s may be NULL. */
void kept_stow_free(struct kept_stow *s);

/*
 * Creates the files below the directory @root, empty, with owner, mode and extended attributes.
 * Returns a negative errno on failure, with the file's label in @ret_path.
 */
int kept_make(struct ckpt *c, int root, const char **ret_path);

/*
 * Opens the shared memory that the stopped processes of the restored tree have mapped. Returns as
 * kept_make() does.
 */
int kept_map(struct ckpt *c, const char **ret_path);
/* Does the unit have kept shared memory? */
bool kept_any_shared(const Pram__Unit *unit);

/*
 * Fills the new files, or the shared memory if @shared, and restores the times of files. The
 * pages are charged to the caller's memory cgroup. Returns as kept_make() does.
 */
int kept_fill(int dev, const struct ckpt *c, bool shared, const char **ret_path);

/*
 * Call after a failed restore: new files whose contents are not in a node any more become the
 * open files, and the others are closed.
 */
void kept_settle(int dev, struct ckpt *c);

/* Is each kept file either in a node or open? */
bool kept_whole(const struct ckpt *c);

/*
 * Takes over a descriptor that systemd stored for an earlier pramd, see kept_is_stored(). Closes
 * it if no checkpoint needs it.
 */
void kept_inherit(struct manager *m, const char *fdname, int fd);

#endif /* PRAM_CHECKPOINT_KEPT_H */
