/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests about units of systemd's. */
#ifndef PRAM_UNITS_H
#define PRAM_UNITS_H

#include <stdbool.h>

#include "pram.pb-c.h"

struct client;
struct job;
struct manager;

/* Answers with an item for each unit. */
void units_enable(struct client *c, const Pram__UnitsRequest *req);
void units_disable(struct client *c, const Pram__UnitsRequest *req);

/* All that are enabled, as they are now. */
void units_status(struct manager *m, size_t *n, Pram__UnitStatus ***list);

/* For the main process of the unit, which the client is. */
void job_unit_restore(struct job *job);

/* It is systemd's own again: the drop-in of this boot can go. */
void units_up(struct client *c, const char *unit);

#endif /* PRAM_UNITS_H */
