/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to enable and disable units, and their status. */
#ifndef PRAM_UNIT_ENABLE_H
#define PRAM_UNIT_ENABLE_H

#include <stdbool.h>

#include "pram.pb-c.h"
#include "reasons.h"

struct client;
struct conf;
struct manager;
struct unit_info;

/*
 * What a user means by @name: that service, or the services that run in that slice now, in @ret,
 * to be freed with its strings. Returns true, and why in @told, if it means nothing.
 */
bool units_choose(const char *name, char ***ret, size_t *ret_n, struct reason_told *told);

/*
 * Returns the number of reasons in @ret, which has room for UNIT_PROBLEMS, why a service cannot be
 * kept as far as can be seen from outside. The caller releases @info with unit_info_deinit().
 */
#define UNIT_PROBLEMS 16
size_t units_check(const struct conf *c, const char *service, struct unit_info *info,
		   struct reason_told ret[UNIT_PROBLEMS]);

/* Answers the client with an item for each unit. */
void units_disable(struct client *c, const Pram__UnitsRequest *req);

/* Appends the current state of all enabled services and slices. */
void units_status(struct manager *m, size_t *n, Pram__UnitStatus ***list);

#endif /* PRAM_UNIT_ENABLE_H */
