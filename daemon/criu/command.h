/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU's command lines. The command, and not libcriu, which only forks "criu
 * swrk" and speaks another protocol with it: so the log tells the very line
 * that a person can repeat by hand, and --lib works as everywhere else.
 */
#ifndef PRAM_CRIU_COMMAND_H
#define PRAM_CRIU_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"
#include "pram.pb-c.h"

struct criu_args {
	const struct conf *conf;
	const char *images;	/* directory */
	const char *logs;	/* directory */
	const Pram__Options *options;
	uint32_t pid;		/* dump */
	const char *scope;	/* restore: unit to run in */
	const char *description;	/* restore: of that unit */
	const Pram__Unit *unit;	/* of systemd's: CRIU enters its namespaces, see enter.h */
	bool hook;		/* restore: asks pramd before anything runs */
	const int *outside;	/* restore: descriptors for the unit's outside files */
};

/* "TOKEN:SOCKET" for pram-criu-hook. */
#define HOOK_TOKEN_ENV "PRAM_HOOK"

#define CRIU_DUMP_LOG "dump.log"
#define CRIU_RESTORE_LOG "restore.log"

/* NULL-terminated; NULL without memory. Freed with strv_free(). */
char **criu_dump_argv(const struct criu_args *a);
char **criu_restore_argv(const struct criu_args *a);

void strv_free(char **v);
void strv_freep(char ***v);

/* Ends a vector of @n with a NULL; if @r < 0, or without memory, frees it and returns NULL. */
char **strv_end(char **v, size_t n, int r);

/* A new vector of copies, up to the NULL. */
char **strv_of(const char *first, ...) __attribute__((sentinel));

/* "3.17.1" out of the answer to `criu --version`; NULL if it is not there. */
const char *criu_version_parse(char *text);

#endif /* PRAM_CRIU_COMMAND_H */
