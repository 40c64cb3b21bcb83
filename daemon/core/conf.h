/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings: the command line says where things are, pramd.conf what to do with them. */
#ifndef PRAM_CORE_CONF_H
#define PRAM_CORE_CONF_H

#include <stdint.h>

struct conf {
	/* from the command line */
	const char *file;	/* pramd.conf */
	const char *socket;	/* made when systemd passes none */
	const char *runtime_dir;
	const char *log_dir;
	const char *device;
	const char *hook;	/* CRIU's action script */
	const char *units_dir;	/* what is to be done with single units */
	const char *state_dir;	/* which units are enabled */
	/* from the file */
	char criu[256];
	char criu_lib[256];	/* plugins; empty: none */
	uint64_t dump_timeout_usec;
	uint64_t restore_timeout_usec;
	uint64_t jump_timeout_usec;
};

void conf_defaults(struct conf *c);

/* Sets one key: NULL, or what is wrong with it. */
typedef const char *(*conf_set_t)(void *userdata, const char *key, const char *value);

unsigned int conf_lines(const char *text, conf_set_t set, void *userdata, const char **ret_problem);

/* Seconds, for a conf_set_t. */
const char *conf_timeout(uint64_t *dst, const char *value);

/*
 * "Key=value" lines; '#' begins a comment. 0, or the number of the line that is
 * wrong with @ret_problem set; what stands before it has been taken.
 */
unsigned int conf_parse(struct conf *c, const char *text, const char **ret_problem);

#endif /* PRAM_CORE_CONF_H */
