/* SPDX-License-Identifier: GPL-2.0-only */
/* The command line of pramctl, parsed by the tables in verbs.c. */
#ifndef PRAM_CTL_ARGS_H
#define PRAM_CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGS_ERROR_SIZE 512
#define ARGS_OPTIONS_MAX 32	/* of one verb, common ones included */

struct opt;
struct verb;

/* Strings that point into argv. */
struct arg_list {
	char **items;
	size_t n;
};

struct args {
	const struct verbs *verbs;	/* all of them */
	const struct verb *verb;	/* NULL: options before the verb */
	struct arg_list operands;

	/* every verb */
	bool json;
	bool help;
	bool version;
	char *socket;
	char *device;

	/* verbs that print a table */
	bool no_headings;
	bool output_all;
	char *output;

	/* checkpoint, register */
	uint32_t pid;
	bool tcp_established;
	bool tcp_close;
	bool shell_job;
	bool leave_running;

	/* restore */
	bool all;
	bool boot;

	/* enable, kexec-reboot */
	bool no_rehearsal;
	bool no_initrd;

	/* kexec-reboot */
	char *kernel;
	char *initrd;
	char *append;
	bool reuse_cmdline;
	bool dry_run;
	struct arg_list allow_fresh;
};

/*
 * Parses argv[1] and what follows with the options and operands of @args->verb.
 * Without a verb, stops at the first operand: the verb and its arguments are then
 * in @args->operands. Stops early at --help, and sets @args->help.
 *
 * Returns 0 or an exit code, with a message in @error.
 */
int args_parse(struct args *args, int argc, char **argv, char error[ARGS_ERROR_SIZE]);

void args_deinit(struct args *args);

/* The options that @verb (NULL: those before the verb) accepts, by index; NULL after the last. */
const struct opt *args_option(const struct verb *verb, size_t i);

#endif /* PRAM_CTL_ARGS_H */
