/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to enable and disable units, and their status. */
#ifndef PRAM_UNIT_ENABLE_H
#define PRAM_UNIT_ENABLE_H

#include <stdbool.h>

#include "pram.pb-c.h"

struct client;
struct manager;

/* Answer the client with an item for each unit. */
void units_enable(struct client *c, const Pram__UnitsRequest *req);
void units_disable(struct client *c, const Pram__UnitsRequest *req);

/* Appends the current state of all enabled services and slices. */
void units_status(struct manager *m, size_t *n, Pram__UnitStatus ***list);

#endif /* PRAM_UNIT_ENABLE_H */
