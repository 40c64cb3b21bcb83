/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What pramd tells the generator: empty files, gone with the boot. The generator alone
 * writes drop-ins, so that none can outlive its reason.
 */
#ifndef PRAM_MARKS_H
#define PRAM_MARKS_H

#include <stdbool.h>

#define MARKS_DIR "/run/pram/units"

/* The unit is about to be dumped: nothing may follow from its processes' end. */
#define MARK_LEAVING "leaving"

/* It was dumped in this boot, and yet is to be restored in it. */
#define MARK_RESTORE "restore"

/* It runs again, and systemd has not been told: the file has what is needed, see rising.h. */
#define MARK_RISING "rising"

int mark_set(const char *mark, const char *unit);
int mark_clear(const char *mark, const char *unit);

/* Clears it for all units: how many had it. */
unsigned int marks_drop(const char *mark);
bool mark_is_set(const char *mark, const char *unit);

#endif /* PRAM_MARKS_H */
