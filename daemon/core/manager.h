/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one owner of all state. Set up in pramd/setup.c, which alone knows all components: what
 * a component must call that lies above it is a function pointer in here.
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
	char *criu_version;		/* NULL until known */
	struct spawn *criu_version_spawn;
	struct spawn *criu_warm_spawn;
	struct spawn *unload_spawn;	/* of a kexec image that was left */

	struct ckpt *ckpts;
	char **strange;			/* nodes that are nobody's, or corrupt */
	size_t n_strange;

	Pram__Registry *registry;
	Pram__Reports *reports;		/* what came back in this boot */

	int listen_fd;
	sd_event_source *listen_source;
	struct client *clients;
	unsigned int n_clients;
	const struct server_handlers *server_handlers;

	struct job *jobs;		/* the first is the one that runs */
	unsigned int n_jobs;
	struct job *beside;		/* jobs that run beside the queue */
	void (*on_job_ended)(struct manager *m);	/* only while @stopping */
	struct dump *dumps;		/* all that are under way */
	struct restore *restores;	/* all that are under way */

	struct reload *reload;		/* of systemd's units, if there is one to come */
	sd_event_source *recover_timer;
	struct step_fault fault;	/* for tests */
	bool stopping;			/* SIGTERM came: ends when no job runs */
	bool jumping;			/* systemd was asked for the kexec */
};

#endif /* PRAM_CORE_MANAGER_H */
