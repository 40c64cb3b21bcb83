/* SPDX-License-Identifier: GPL-2.0-only */
/* Recovery from a kexec-reboot during which an earlier instance of pramd was killed. */
#ifndef PRAM_PRAMD_RECOVER_REBOOT_H
#define PRAM_PRAMD_RECOVER_REBOOT_H

#include <stdbool.h>

#include "pram.pb-c.h"

struct manager;

/* Does the tree still run that was dumped in this boot? Then CRIU was not told to end it. */
bool recover_tree_runs(const struct manager *m, const Pram__Manifest *mf);

/* Restores what the reboot has ended. Checkpoints that a user has made stay. */
void recover_reboot(struct manager *m);

#endif /* PRAM_PRAMD_RECOVER_REBOOT_H */
