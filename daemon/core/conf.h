/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings: the command line says where things are, pramd.conf what to do with them. */
#ifndef PRAM_CORE_CONF_H
#define PRAM_CORE_CONF_H

#include <stdint.h>

struct conf {
	/* From the command line; the strings belong to main(). */
	const char *file;	/* pramd.conf */
	const char *socket;	/* created unless systemd passes one */
	const char *runtime_dir;
	const char *log_dir;
	const char *device;
	const char *hook;	/* path of pram-criu-hook */
	const char *units_dir;	/* UNIT.conf files with settings of single units */
	const char *state_dir;	/* which units are enabled */
	/* From the file: */
	char criu[256];
	char criu_lib[256];	/* directory of plugins for CRIU; empty: none */
	uint64_t dump_timeout_usec;
	uint64_t restore_timeout_usec;
	uint64_t boot_timeout_usec;	/* for a restore that the boot waits for */
	uint64_t jump_timeout_usec;
	unsigned int parallel_dumps;	/* of a kexec-reboot; 0: the number of CPUs */
};

void conf_defaults(struct conf *c);

/* Sets @key to @value. Returns NULL or what is wrong (a constant text). */
typedef const char *(*conf_set_t)(void *userdata, const char *key, const char *value);

/* Calls @set for each "Key=value" line; see conf_parse() for the result. */
unsigned int conf_lines(const char *text, conf_set_t set, void *userdata, const char **ret_problem);

/* Parses seconds (1 to 86400) into microseconds. Returns as conf_set_t does. */
const char *conf_timeout(uint64_t *dst, const char *value);

/*
 * Parses "Key=value" lines; a line that starts with '#' is a comment. Returns 0, or the number of
 * the first wrong line with the reason in @ret_problem. Lines before it have taken effect, later
 * ones have not.
 */
unsigned int conf_parse(struct conf *c, const char *text, const char **ret_problem);

#endif /* PRAM_CORE_CONF_H */
