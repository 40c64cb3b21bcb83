/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directory of a checkpoint's images, while these are files. The program that works in it holds
 * a lock on it. CRIU inherits the lock, so after a restart pramd can tell that its predecessor's
 * CRIU is still running.
 */
#ifndef PRAM_CHECKPOINT_WORKDIR_H
#define PRAM_CHECKPOINT_WORKDIR_H

struct manager;

/*
 * Creates the directory if necessary, locks it and returns a descriptor, which the caller closes.
 * -EBUSY: it is locked.
 */
int workdir_open(const struct manager *m, const char *name);

/* Removes the directory with all files in it. Failures are logged. */
void workdir_remove(const struct manager *m, const char *name);

#endif /* PRAM_CHECKPOINT_WORKDIR_H */
