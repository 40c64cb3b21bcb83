/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks tell the generator (systemd/pram-generator.c) in what state a unit is. A mark is an empty
 * file MARKS_DIR/MARK/UNIT on a tmpfs, so it does not survive the boot. pramd sets marks; only
 * the generator writes drop-ins, anew at each daemon-reload, so no drop-in stays longer than the
 * reason for it.
 */
#ifndef PRAM_MARKS_H
#define PRAM_MARKS_H

#include <stdbool.h>

#define MARKS_DIR "/run/pram/units"

/* The unit is about to be dumped. systemd must not react to the end of its processes. */
#define MARK_LEAVING "leaving"

/*
 * Of FIREWALL_UNIT: registered trees with TCP connections are about to be dumped. It must not flush
 * the rules that drop their packets when it stops.
 */
#define MARK_GUARD "guard"
#define FIREWALL_UNIT "nftables.service"

/*
 * The unit was dumped in this boot, but is to be restored in it, because the kexec did not
 * happen.
 */
#define MARK_RESTORE "restore"

/*
 * The unit runs again, but systemd does not know the main PID yet. The file is not empty: see
 * unannounced.h.
 */
#define MARK_UNANNOUNCED "unannounced"

/* -ENOMEM, or the errno of creating or removing the file. A mark that is not set can be cleared. */
int mark_set(const char *mark, const char *unit);
int mark_clear(const char *mark, const char *unit);

/* Clears @mark for all units and returns how many had it. */
unsigned int marks_drop(const char *mark);
bool mark_is_set(const char *mark, const char *unit);

#endif /* PRAM_MARKS_H */
