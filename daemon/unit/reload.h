/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemctl daemon-reload: systemd runs the generator again, whose drop-ins follow from
 * the checkpoints that there are and from the marks beside them (marks.h). Several
 * wishes within a moment are one reload.
 */
#ifndef PRAM_UNIT_RELOAD_H
#define PRAM_UNIT_RELOAD_H

#include <stdint.h>

struct manager;
struct reload;

/* Soon. @start (or NULL) is a unit that is to be started after it. */
void reload_ask(struct manager *m, uint64_t delay_usec, const char *start);

/* Takes NULL. */
void reload_free(struct reload *r);

#endif /* PRAM_UNIT_RELOAD_H */
