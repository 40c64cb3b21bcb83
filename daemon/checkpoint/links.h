/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links to open files whose names are gone (criu/link_remaps.h). The restore removes them. If there
 * will be no restore, pramd does, because they keep the files on the disk.
 */
#ifndef PRAM_CHECKPOINT_LINKS_H
#define PRAM_CHECKPOINT_LINKS_H

#include <stdint.h>

#include "pram.pb-c.h"

/*
 * Adds the links in the images in @dir to the manifest. @root: the root of the tree that is frozen.
 */
int links_find(int dir, int root, Pram__Manifest *mf);

/* Removes the links of a checkpoint that is not going to be restored. */
void links_remove(const Pram__Manifest *mf);

/*
 * Removes the links that the images in @dir name: CRIU was killed before it could do that. @root:
 * the root of the tree, or -1 for the host's.
 */
void links_remove_made(int dir, int root);

/*
 * Removes a link, below @root. @path was chosen by a process: nothing is removed unless it has the
 * name of such a link, is the file @ino, and no directory in it is a symbolic link.
 */
int link_remove(int root, const char *path, uint64_t ino);

#endif /* PRAM_CHECKPOINT_LINKS_H */
