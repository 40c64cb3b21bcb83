/* SPDX-License-Identifier: GPL-2.0-only */
/* The manager from its set-up to its end: all components are tied together here. */
#ifndef PRAM_PRAMD_SETUP_H
#define PRAM_PRAMD_SETUP_H

#include <systemd/sd-event.h>

#include "core/conf.h"

struct manager;

/* @conf is taken over. */
int manager_new(const struct conf *conf, sd_event *event, struct manager **ret);
void manager_free(struct manager *m);

/* Reads the settings and the nodes anew. */
int manager_reload(struct manager *m);

/* Ends the event loop, at once or when the job that runs is done. */
void manager_stop(struct manager *m);

#endif /* PRAM_PRAMD_SETUP_H */
