/* SPDX-License-Identifier: GPL-2.0-only */
/* Creates and frees the manager, and connects all components with it. */
#ifndef PRAM_PRAMD_SETUP_H
#define PRAM_PRAMD_SETUP_H

#include <systemd/sd-event.h>

#include "core/conf.h"

struct manager;

/* Copies @conf. */
int manager_new(const struct conf *conf, sd_event *event, struct manager **ret);
void manager_free(struct manager *m);

/* Reads the settings and the nodes again. */
int manager_reload(struct manager *m);

/* Ends the event loop, at once or when the running job has ended. */
void manager_stop(struct manager *m);

#endif /* PRAM_PRAMD_SETUP_H */
