/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moves the images of a checkpoint between a directory on a tmpfs and nodes of PRAM. Each image
 * is a node or a file. If pramd died between two steps it is both: then the node has the
 * contents, and the file is to be removed. So either direction can be repeated after an
 * interruption.
 *
 * All functions return a negative errno on failure. @dev is /dev/pram, @name the checkpoint,
 * @file the image.
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

/*
 * Moves a file into a node and removes the file. On an error the file is unchanged. Increases
 * @sum (or NULL).
 */
int store_put(int dev, int dir, const char *name, const char *file, struct store_sum *sum);

/*
 * The same with an open file, which stays, without its contents. -EEXIST: the node exists
 * already.
 */
int store_put_fd(int dev, int fd, const char *name, const char *file, struct store_sum *sum);

/* Moves a node into an empty, open file. -ENOENT: there is no such node. */
int store_get_fd(int dev, int fd, const char *name, const char *file);

/*
 * Moves a node into a new file. On an error the node is unchanged. Does nothing if only the file
 * exists.
 */
int store_get(int dev, int dir, const char *name, const char *file);

/* Lists the images in a directory, ordered by name. The caller frees messages and array. */
int store_list_files(int dir, Pram__Image ***ret, size_t *ret_n);

/*
 * Reads the plugin's images listed in @mf->images into @mf->memory. -EBADMSG: an image is not
 * valid.
 */
int store_list_memory(int dir, Pram__Manifest *mf);

/* Writes the manifest node, which makes the checkpoint exist. */
int store_put_manifest(int dev, const Pram__Manifest *m);
/* Removes a node of the checkpoint. It is no error if there is none. */
int store_remove(int dev, const char *name, const char *file);

/*
 * Removes all nodes of a checkpoint. The manifest is the first: without it the checkpoint does
 * not exist.
 */
int store_remove_all(int dev, const char *name);

/*
 * Removes corrupt nodes from the kernel's list; their pages were given up at boot. @ret_n is
 * their number. A corrupt node with the same name as an intact one stays, because a removal by
 * name would hit the intact one.
 */
int store_drop_corrupt(int dev, uint32_t *ret_n);

#endif /* PRAM_CHECKPOINT_STORE_H */
