/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRAM_REBOOT_INHIBITORS_H
#define PRAM_REBOOT_INHIBITORS_H

#include "pram.pb-c.h"

/*
 * Asks logind for locks that forbid a shutdown, and adds the check "inhibitors" to the report.
 * Blocks for a few seconds at most. Without logind nobody can hold such a lock.
 */
void inhibitors_check(Pram__KexecReport *rep);

#endif /* PRAM_REBOOT_INHIBITORS_H */
