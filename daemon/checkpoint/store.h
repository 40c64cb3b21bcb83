/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A checkpoint's images between a directory on tmpfs and nodes of PRAM. An
 * image is a node, a file, or, if pramd died between two steps, both: then the
 * node has the contents and the file is a husk. So each of the two ways can
 * be begun again at any point.
 */
#ifndef PRAM_CHECKPOINT_STORE_H
#define PRAM_CHECKPOINT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

struct store_sum {
	uint64_t bytes;
	uint64_t pages;
	uint64_t copied_pages;
};

/* File to node; the file is gone then. On an error it is as it was. Adds to @sum (or NULL). */
int store_put(int dev, int dir, const char *name, const char *file, struct store_sum *sum);

/*
 * The same with a file that is open, and stays what the commit leaves of it. -EEXIST: the node
 * is there already.
 */
int store_put_fd(int dev, int fd, const char *name, const char *file, struct store_sum *sum);

/* And the way back, into an empty file. -ENOENT: there is no such node. */
int store_get_fd(int dev, int fd, const char *name, const char *file);

/* Node to file. On an error the node is as it was. Nothing to do if only the file exists. */
int store_get(int dev, int dir, const char *name, const char *file);

/* The images in a directory, as messages for a manifest, ordered by name. */
int store_list_files(int dir, Pram__Image ***ret, size_t *ret_n);

/* What the plugin's images say: into @mf->memory. -EBADMSG if one is garbage. */
int store_list_memory(int dir, Pram__Manifest *mf);

int store_put_manifest(int dev, const Pram__Manifest *m);
int store_remove(int dev, const char *name, const char *file);

/* Removes all nodes of a checkpoint, the manifest first: without it there is no checkpoint. */
int store_remove_all(int dev, const char *name);

/*
 * Corrupt nodes are no longer listed; their pages belong to nobody already. One
 * that shares its name with a good node stays: the name means the other.
 */
int store_drop_corrupt(int dev, uint32_t *ret_n);

#endif /* PRAM_CHECKPOINT_STORE_H */
