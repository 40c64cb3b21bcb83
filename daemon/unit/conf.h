/* SPDX-License-Identifier: GPL-2.0-only */
/* Which units are to be kept, and what is to be done with each. */
#ifndef PRAM_UNIT_CONF_H
#define PRAM_UNIT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf;

struct unit_conf {
	bool fresh;		/* OnRestoreFailure=fresh: start afresh; else wait */
	bool tcp_established;	/* TCPEstablished=: keep connections; else they are closed */
	bool close_streams;	/* ExternalStreams=close: to processes outside; else refuse */
	uint64_t settle_usec;	/* SettleSec=: for what may end by itself, see check.c */
	uint64_t dump_timeout_usec;
	uint64_t restore_timeout_usec;
	uint64_t boot_timeout_usec;	/* for the whole restore, if the boot waits for it */
};

/*
 * Loads the settings of a unit from UNITS_DIR/UNIT.conf; for NAME@INSTANCE.service from
 * NAME@.service.conf first. The defaults come from pramd.conf. Errors in the files are logged;
 * the rest of such a file is ignored.
 */
void unit_conf_load(const struct conf *c, const char *unit, struct unit_conf *ret);

/* Returns as conf_parse() does. */
unsigned int unit_conf_parse(struct unit_conf *uc, const char *text, const char **ret_problem);

/*
 * Enable and disable a unit on disk. -EEXIST: it is enabled already. -ENOENT: it is not enabled.
 * Other negative errno: the file cannot be written.
 */
int unit_enable(const struct conf *c, const char *unit);
int unit_disable(const struct conf *c, const char *unit);

/* All enabled services and slices, ordered by name. The caller frees the strings and the array. */
int units_enabled(const struct conf *c, char ***ret, size_t *ret_n);

#endif /* PRAM_UNIT_CONF_H */
