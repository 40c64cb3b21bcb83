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

/*
 * The journal's socket for streams. The plugin reconnects such streams at the restore, and no
 * others.
 */
#define JOURNAL_SOCKET "/run/systemd/journal/stdout"

#endif /* PRAM_PLUGINFILES_H */
