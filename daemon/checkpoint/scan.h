/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRAM_CHECKPOINT_SCAN_H
#define PRAM_CHECKPOINT_SCAN_H

struct manager;

/* Frees the list of unknown nodes. */
void scan_forget_unknown(struct manager *m);

#endif /* PRAM_CHECKPOINT_SCAN_H */
