/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU's command lines. The criu program is used rather than libcriu, which starts "criu swrk"
 * and talks to it in another protocol: a logged command line can be repeated by hand, and --lib
 * works as documented.
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
	uint32_t pid;		/* dump: root of the tree */
	const char *scope;	/* restore: name of the scope to restore in */
	const char *description;	/* restore: description of the scope */
	const Pram__Unit *unit;	/* CRIU enters its namespaces; NULL: no service */
	bool hook;		/* restore: ask pramd before the tree runs */
	const int *outside;	/* restore: descriptors for @unit's outside files */
};

#define CRIU_DUMP_LOG "dump.log"
#define CRIU_RESTORE_LOG "restore.log"

/* NULL-terminated argument vectors, freed with strv_free(); NULL without memory. */
char **criu_dump_argv(const struct criu_args *a);
char **criu_restore_argv(const struct criu_args *a);

#endif /* PRAM_CRIU_COMMAND_H */
