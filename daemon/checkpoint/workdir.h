/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of a checkpoint's images while they are files. It is locked by
 * whoever works in it: the lock is inherited by CRIU, so that after a restart
 * of pramd it tells that an earlier instance's CRIU is still at work.
 */
#ifndef PRAM_CHECKPOINT_WORKDIR_H
#define PRAM_CHECKPOINT_WORKDIR_H

struct manager;

/* A descriptor of it, made if need be; -EBUSY if it is locked. */
int workdir_open(const struct manager *m, const char *name);

/* Removes it with all files in it. */
void workdir_remove(const struct manager *m, const char *name);

#endif /* PRAM_CHECKPOINT_WORKDIR_H */
