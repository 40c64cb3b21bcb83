/* SPDX-License-Identifier: GPL-2.0-only */
/* The drop-ins of units that are being kept, in the generator's directory. */
#ifndef PRAM_DROPIN_H
#define PRAM_DROPIN_H

#include "pram.pb-c.h"

/* Starting the unit restores it, and it is started on boot. */
int dropin_restore(const char *dir, const Pram__Unit *u);

/* pramd starts with the first services, not when it is asked for a restore. */
int dropin_early_pramd(const char *dir);

/*
 * Packets of connections are held off, early in this boot, and no longer than until @unit has had its
 * turn to be restored.
 */
int dropin_net_lock(const char *dir, const char *unit);

/*
 * For all units that are marked as about to be dumped: nothing follows from their end. If there are any, the
 * firewall's rules stay until the jump.
 */
void dropin_leaving(const char *dir);

/* The text of the first. NULL without memory. */
char *dropin_restore_text(const Pram__Unit *u);

#endif /* PRAM_DROPIN_H */
