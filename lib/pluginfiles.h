/* SPDX-License-Identifier: GPL-2.0-only */
/* What the CRIU plugin and pramd have to agree on, in addition to proto/plugin.proto. */
#ifndef PRAM_PLUGINFILES_H
#define PRAM_PLUGINFILES_H

/*
 * Image with the shared memory of one process that was hidden from CRIU. The PID goes into the
 * name.
 */
#define SHARED_IMAGE "shared-%d.img"
#define SHARED_VERSION 1

/* Image that pramd writes for the restore: sockets that systemd passes to the unit. */
#define PASSED_IMAGE "passed-sockets.img"
#define PASSED_VERSION 1

/* The hook makes this file in the images directory: the plugin gives all memory back. */
#define GIVE_BACK_FILE ".pram-give-back"

/* CRIU's environment, for the plugin and the hook: */
#define ENV_NODES "PRAM_NODES"		/* what the names of the nodes begin with */
#define ENV_SHARED "PRAM_SHARED"	/* shared memory is hidden: pramd takes it afterwards */
#define ENV_STREAM "PRAM_STREAM"	/* UNIT\nIDENTIFIER\nPRIORITY\nLEVEL_PREFIX: of a stream to the journal */
#define ENV_EXTERNAL "PRAM_EXTERNAL_STREAMS"	/* "close": other streams are closed */
#define ENV_HOOK "PRAM_HOOK"		/* TOKEN:SOCKET, for pram-criu-hook */

/*
 * A node costs two pages and some system calls in addition to the pages of a file or of shared
 * memory. Below 16 pages that is more than the contents, and a copy is as fast.
 */
#define MIN_NODE_BYTES (64u << 10)

/*
 * The journal's socket for streams. The plugin reconnects such streams at the restore, and no
 * others.
 */
#define JOURNAL_SOCKET "/run/systemd/journal/stdout"

#endif /* PRAM_PLUGINFILES_H */
