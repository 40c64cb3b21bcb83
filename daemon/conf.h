/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings: the command line says where things are, pramd.conf what to do with them. */
#ifndef PRAM_CONF_H
#define PRAM_CONF_H

#include <stdint.h>

struct conf {
	/* from the command line */
	const char *file;	/* pramd.conf */
	const char *socket;	/* made when systemd passes none */
	const char *runtime_dir;
	const char *log_dir;
	const char *device;
	const char *hook;	/* CRIU's action script */
	/* from the file */
	char criu[256];
	char criu_lib[256];	/* plugins; empty: none */
	uint64_t dump_timeout_usec;
	uint64_t restore_timeout_usec;
	uint64_t jump_timeout_usec;
};

void conf_defaults(struct conf *c);

/*
 * "Key=value" lines; '#' begins a comment. 0, or the number of the line that is
 * wrong with @ret_problem set; what stands before it has been taken.
 */
unsigned int conf_parse(struct conf *c, const char *text, const char **ret_problem);

#endif /* PRAM_CONF_H */
