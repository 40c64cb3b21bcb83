/* SPDX-License-Identifier: GPL-2.0-only */
/* What CRIU's plugin and pramd have to agree on, besides proto/plugin.proto. */
#ifndef PRAM_PLUGINFILES_H
#define PRAM_PLUGINFILES_H

/* The list of a process's hidden memory, among CRIU's images; a pid goes into the name. */
#define SHARED_IMAGE "shared-%d.img"
#define SHARED_VERSION 1

/* A stream to it the plugin makes anew: to nobody else's. */
#define JOURNAL_SOCKET "/run/systemd/journal/stdout"

#endif /* PRAM_PLUGINFILES_H */
