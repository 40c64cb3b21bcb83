/* SPDX-License-Identifier: GPL-2.0-only */
/* Which units are to be kept, and what is to be done with each. */
#ifndef PRAM_UNIT_CONF_H
#define PRAM_UNIT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;

struct unit_conf {
	bool fresh;		/* OnRestoreFailure=: fresh, or wait */
	bool tcp_established;	/* TCPEstablished=: connections survive, or else are closed */
	uint64_t dump_timeout_usec;
	uint64_t restore_timeout_usec;
};

/*
 * What UNITS_DIR/UNIT.conf says, and for NAME@INSTANCE.service before that NAME@.service.conf;
 * else pramd.conf and defaults. What is wrong is logged and ignored.
 */
void unit_conf_load(const struct conf *c, const char *unit, struct unit_conf *ret);

/* As conf_parse(). */
unsigned int unit_conf_parse(struct unit_conf *uc, const char *text, const char **ret_problem);

/* -EEXIST, -ENOENT: it is as it is to be already. */
int unit_enable(const struct conf *c, const char *unit);
int unit_disable(const struct conf *c, const char *unit);

/* All services and slices that are enabled, ordered by name; each and the array are to be freed. */
int units_enabled(const struct conf *c, char ***ret, size_t *ret_n);

#endif /* PRAM_UNIT_CONF_H */
