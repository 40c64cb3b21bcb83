/* SPDX-License-Identifier: GPL-2.0-only */
/* What an earlier instance of pramd left, in nodes and in files. */
#ifndef PRAM_PRAMD_RECOVER_H
#define PRAM_PRAMD_RECOVER_H

struct manager;

/* Sets it right, now or as soon as an earlier instance's CRIU has ended. */
void recover(struct manager *m);

#endif /* PRAM_PRAMD_RECOVER_H */
