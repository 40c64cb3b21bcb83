/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The manager owns all state of pramd. pramd/setup.c creates it and is the only place that knows
 * all components. A component calls into a component above it through function pointers in here.
 */
#ifndef PRAM_CORE_MANAGER_H
#define PRAM_CORE_MANAGER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "core/conf.h"
#include "core/step_fault.h"
#include "pram.pb-c.h"

struct ckpt;
struct client;
struct dump;
struct job;
struct reload;
struct restore;
struct server_handlers;
struct spawn;

struct manager {
	struct conf conf;
	sd_event *event;
	int dev;			/* /dev/pram, or the negative errno of opening it */
	char *boot_id;
	char *kernel_release;
	char *criu_version;		/* NULL: not known yet */
	struct spawn *criu_version_spawn;
	struct spawn *criu_warm_spawn;
	struct spawn *unload_spawn;	/* of a kexec image that was left */
	sd_event_source *unload_timer;

	struct ckpt *ckpts;
	char **unknown_nodes;		/* nodes that are corrupt or not of pramd */
	size_t n_unknown_nodes;

	Pram__Registry *registry;
	Pram__Reports *reports;		/* what was restored in this boot */

	int listen_fd;
	sd_event_source *listen_source;
	struct client *clients;
	unsigned int n_clients;
	const struct server_handlers *server_handlers;

	struct job *jobs;		/* the queue; the first one runs */
	unsigned int n_jobs;
	struct job *unqueued;		/* jobs that run outside the queue */
	void (*on_job_ended)(struct manager *m);	/* called only while @stopping */
	struct dump *dumps;		/* all dumps that are running */
	struct restore *restores;	/* all restores that are running */

	struct reload *reload;		/* pending reload of systemd's units, or NULL */
	sd_event_source *recover_timer;
	struct step_fault fault;	/* for tests */
	bool stopping;			/* SIGTERM was received: exit when no job runs */
	bool rebooting;			/* systemd was asked to kexec */
};

#endif /* PRAM_CORE_MANAGER_H */
