/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes drop-ins for units that are being kept. @dir is the directory that systemd gives to the
 * generator. Functions that return int return a negative errno on failure.
 */
#ifndef PRAM_DROPIN_H
#define PRAM_DROPIN_H

#include "pram.pb-c.h"

/* Makes the start of the unit restore it, and starts it at boot. */
int dropin_restore(const char *dir, const Pram__Unit *u);

/*
 * Starts pramd with the first services of the boot, instead of at the first request for a
 * restore.
 */
int dropin_early_pramd(const char *dir);

/*
 * Has the packets of @unit's connections dropped, from early in the boot until the unit has been
 * restored or started. @unit is NULL for a registered tree, whose packets are dropped until it is
 * restored or removed.
 */
int dropin_net_lock(const char *dir, const char *unit);

/*
 * For all units that are marked as about to be dumped: systemd does not react to the end of their
 * processes. If there is such a unit, or MARK_GUARD is set, the rules of the firewall stay until
 * the jump.
 */
void dropin_leaving(const char *dir);

/* The contents of the drop-in of dropin_restore(). The caller frees it; NULL without memory. */
char *dropin_restore_text(const Pram__Unit *u);

#endif /* PRAM_DROPIN_H */
