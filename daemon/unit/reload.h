/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * systemctl daemon-reload: systemd runs the generator, which writes drop-ins for the current
 * checkpoints and marks (marks.h). Requests within a short time share one reload.
 */
#ifndef PRAM_UNIT_RELOAD_H
#define PRAM_UNIT_RELOAD_H

#include <stdint.h>

struct manager;
struct reload;

/*
 * Requests a reload after @delay_usec microseconds. @start (or NULL) is a unit to start after it.
 */
void reload_ask(struct manager *m, uint64_t delay_usec, const char *start);

/* @r may be NULL. */
void reload_free(struct reload *r);

#endif /* PRAM_UNIT_RELOAD_H */
