/* SPDX-License-Identifier: GPL-2.0-only */
/* Recovery from an earlier instance of pramd that was killed. */
#ifndef PRAM_PRAMD_RECOVER_H
#define PRAM_PRAMD_RECOVER_H

struct manager;

/*
 * Cleans up what an earlier instance left in nodes and files. If its CRIU still works, tries again
 * later.
 */
void recover(struct manager *m);

#endif /* PRAM_PRAMD_RECOVER_H */
