/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of a unit's on a tmpfs (/run/UNIT, /dev/shm, PrivateTmp=), and memory that its processes
 * share (anonymous, memfd, SysV), which is such a file without a name: they are kept in place. Their
 * folios go into nodes "ckpt/NAME/kept-N" and out of them, as those of images do.
 *
 *   dump, tree frozen   opened (kept_find()); contents stay where the tree has them
 *   tree dead           into nodes (kept_stow()); until then nothing has changed
 *   restore             new files (kept_make()), filled (kept_fill()); then CRIU's part, and
 *                       before anything runs shared memory, as CRIU has mapped it anew
 *                       (kept_map()), is filled as well
 *   restore failed      what was filled goes into nodes again (kept_stow())
 *
 * When a unit ends systemd removes its directories, and then the descriptor is all there is of
 * such a file. So systemd holds a second one of each (FDSTORE=), for pramd's next instance.
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

/* "kept-N", what the node is named by. */
#define KEPT_NAME_SIZE 32
void kept_name(size_t i, char *buf);
bool kept_is_node(const char *file);

/* For people: a path, or what it is. */
const char *kept_label(const Pram__KeptFile *f);

static inline bool kept_is_shared(const Pram__KeptFile *f)
{
	return !f->n_paths;
}

/*
 * Open files into nodes, once all processes of @mf have ended; @done is called from the event
 * loop. On an error, which @done is told with the file's path, files are open or in a node. @sum
 * may be NULL.
 */
int kept_stow(struct manager *m, struct ckpt *c, const Pram__Manifest *mf, struct store_sum *sum,
	      kept_done_t done, void *userdata, struct kept_stow **ret);

/* The same at once, as far as it can be done without waiting; what stays open is said. */
void kept_stow_now(struct manager *m, struct ckpt *c);

/* Takes NULL. */
void kept_stow_free(struct kept_stow *s);

/* Anew and empty, with owner, mode and attributes, below @root. On an error @ret_path has it. */
int kept_make(struct ckpt *c, int root, const char **ret_path);

/* Shared memory, which the processes of the tree, that stand still, have mapped. As above. */
int kept_map(struct ckpt *c, const char **ret_path);
bool kept_any_shared(const Pram__Unit *unit);

/*
 * Contents and times, of files or of shared memory; the pages are charged to whoever calls. On an
 * error as above.
 */
int kept_fill(int dev, const struct ckpt *c, bool shared, const char **ret_path);

/* The restore has failed: the new files that have been filled are all there is of them. */
void kept_settle(int dev, struct ckpt *c);

/* Each is in a node, or open. */
bool kept_whole(const struct ckpt *c);

/* What systemd has held since an earlier instance, see kept_is_stored(): it is taken over. */
void kept_inherit(struct manager *m, const char *fdname, int fd);

#endif /* PRAM_CHECKPOINT_KEPT_H */
