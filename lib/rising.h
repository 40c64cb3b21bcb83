/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units that are restored, of which systemd does not know yet: the checkpoint is gone, and the
 * drop-in by which systemd hears of the new main process has to outlive any daemon-reload
 * until it has. A file each, beside the marks (marks.h) and of the same kind.
 */
#ifndef PRAM_RISING_H
#define PRAM_RISING_H

#include <stdbool.h>
#include <stdint.h>

#include "pram.pb-c.h"

/*
 * @pid: the main process. @holder: the process that tells systemd; with its end nothing is waited for
 * any more.
 */
int rising_add(const Pram__Unit *unit, uint32_t pid, uint32_t holder);

/* Is @unit one of them? Then @holder is who tells systemd from now on. The main process, or 0. */
uint32_t rising_resume(const char *unit, uint32_t holder);

/* systemd knows. */
void rising_remove(const char *unit);

/* Calls @each for all of them; what it is given is good for that call. */
void rising_each(void (*each)(void *userdata, const Pram__Rising *r), void *userdata);

/* Removes those whose holder has ended: true if others are left. */
bool rising_settle(void);

#endif /* PRAM_RISING_H */
