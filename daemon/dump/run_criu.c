// SPDX-License-Identifier: GPL-2.0-only
/* Makes a place for the images, and starts CRIU. criu_end.c goes on from there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "criu/command.h"
#include "dump/state.h"
#include "sandbox/enter.h"
#include "unit/describe.h"
#include "unit/sysv_shm.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "pluginfiles.h"
#include "proc.h"
#include "str.h"
#include "strv.h"


/* Creates an empty directory for the images, and one for the log. */
int dump_make_place(void *op)
{
	struct dump *d = op;
	struct manager *m = d->m;
	int r;

	d->ckpt = ckpt_add(m, d->name);
	if (!d->ckpt)
		return -ENOMEM;
	workdir_remove(m, d->name);
	d->dir = workdir_open(m, d->name);
	if (d->dir < 0)
		return d->dir;
	r = path_make_logs(m, d->name, &d->logs);
	if (r < 0)
		return r;
	d->log = str_printf("%s/" CRIU_DUMP_LOG, d->logs);
	if (!d->log)
		return -ENOMEM;
	unlink(d->log);		/* an old log must not explain a new error */
	if (getrandom(&d->token, sizeof(d->token), 0) != sizeof(d->token))
		return -EIO;
	return 0;
}

static int start_criu(struct dump *d)
{
	char *images __cleanup(freep) = path_work(d->m, d->name);
	struct criu_args args = {
		.conf = &d->m->conf,
		.images = images,
		.logs = d->logs,
		.options = d->manifest->options,
		.pid = d->manifest->root_pid,
		.unit = d->manifest->unit,
	};
	char **argv __cleanup(strv_freep) = images ? criu_dump_argv(&args) : NULL;
	/* The token and the path of the socket, in one variable. */
	char *token __cleanup(freep) = str_printf(ENV_HOOK "=%016" PRIx64 ":%s%s", d->token,
						  d->unit ? SANDBOX_HOST_ROOT : "",
						  d->m->conf.socket);
	char *nodes __cleanup(freep) = str_printf(ENV_NODES "=" NODE_PREFIX "%s/", d->name);
	char *stream __cleanup(freep) = d->unit ? unit_stream_env(d->unit) : NULL;
	/* Tells the plugin that pramd will take the shared memory when the tree has ended. */
	char shared[] = ENV_SHARED "=1";
	char streams[] = ENV_EXTERNAL "=close";
	/* Without a unit the list ends at @stream. */
	char *const env[] = { token, nodes, stream, shared,
			      d->unit_conf.close_streams ? streams : NULL, NULL };
	const struct sandbox sandbox = {
		.pid = d->manifest->root_pid,
		.other_ipc = sysv_used(d->manifest->processes, d->manifest->n_processes),
	};
	struct spawn_args spawn = {
		.argv = argv,
		.env = env,
		.keep_fd = d->dir,
		.prepare = d->unit ? sandbox_enter_by_plugin : NULL,
		.prepare_arg = &sandbox,
		.timeout_usec = d->timeout_usec,
		.done = dump_on_criu,
		.userdata = d,
	};

	if (!argv || !token || !nodes || (d->unit && !stream))
		return -ENOMEM;
	return spawn_new(d->m->event, &spawn, &d->criu);
}

/* The step ends in dump_hook() or dump_on_criu(). */
int dump_run_criu(void *op)
{
	struct dump *d = op;
	int r = start_criu(d);

	if (r < 0)
		return r;
	d->state = DUMP_CRIU;
	return STEP_WAIT;
}
