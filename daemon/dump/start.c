// SPDX-License-Identifier: GPL-2.0-only
/* dump_start(): everything up to CRIU. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/workdir.h"
#include "core/enter_sandbox.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/registry.h"
#include "criu/command.h"
#include "dump/state.h"
#include "unit/describe.h"
#include "unit/sysv_shm.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "proc.h"
#include "str.h"

#define NODES_ENV "PRAM_NODES"	/* to the plugin: what the names of its nodes begin with */

/*
 * A session whose leader is not dumped along: what started the tree leads it.
 * CRIU wants to be told so, and gives the tree its own session at the restore.
 */
static bool needs_shell_job(const Pram__Manifest *mf)
{
	struct proc_stat st;

	return proc_stat_read(mf->root_pid, &st) == 0 && st.session &&
	       !proc_tree_has(mf->processes, mf->n_processes, st.session);
}

static int make_manifest(struct dump *d, const struct dump_args *a)
{
	struct manager *m = d->m;
	Pram__Manifest *mf = PB_NEW(Manifest);
	const Pram__Tree *tree;
	int r;

	if (!mf)
		return -ENOMEM;
	d->manifest = mf;
	pb_set(mf, version, MANIFEST_VERSION);
	pb_set(mf, root_pid, a->pid);
	pb_set(mf, frozen_realtime_usec, now_usec(CLOCK_REALTIME));
	pb_set(mf, frozen_boottime_usec, now_usec(CLOCK_BOOTTIME));
	mf->options = a->options ? pb_dup(a->options) : PB_NEW(Options);
	if (!mf->options || pb_str(&mf->name, a->name) < 0 || pb_str(&mf->boot_id, m->boot_id) < 0 ||
	    pb_str(&mf->kernel_release, m->kernel_release) < 0 ||
	    pb_str(&mf->criu_version, m->criu_version) < 0)
		return -ENOMEM;
	r = proc_tree(a->pid, &mf->processes, &mf->n_processes);
	if (r < 0)
		return r;
	if (a->unit) {
		r = unit_describe(a->unit, a->unit_conf, mf);
		if (r < 0)
			return r;
	}
	if (needs_shell_job(mf))
		pb_set(mf->options, shell_job, 1);
	tree = registry_find_pid(m, mf->root_pid, mf->processes[0]->starttime);
	return tree && !mf->options->leave_running ? pb_str(&mf->registered_as, tree->name) : 0;
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
	/* The token and the socket, in one word. */
	char *token __cleanup(freep) = str_printf(HOOK_TOKEN_ENV "=%016" PRIx64 ":%s%s", d->token,
						  d->unit ? ENTER_ROOT : "", d->m->conf.socket);
	char *nodes __cleanup(freep) = str_printf(NODES_ENV "=" NODE_PREFIX "%s/", d->name);
	char *stream __cleanup(freep) = d->unit ? unit_stream_env(d->unit) : NULL;
	/* To the plugin: there will be somebody who takes shared memory when all is over. */
	char shared[] = "PRAM_SHARED=1";
	char *const env[] = { token, nodes, stream, shared, NULL };
	const struct enter enter = {
		.pid = d->manifest->root_pid,
		.other_ipc = sysv_used(d->manifest->processes, d->manifest->n_processes),
	};
	struct spawn_args spawn = {
		.argv = argv,
		.env = env,
		.keep_fd = d->dir,
		.enter = d->unit ? &enter : NULL,
		.timeout_usec = d->timeout_usec,
		.done = dump_on_criu,
		.userdata = d,
	};

	if (!argv || !token || !nodes || (d->unit && !stream))
		return -ENOMEM;
	return spawn_new(d->m->event, &spawn, &d->criu);
}

/* A directory of its own without anything in it, and a place for the log. */
static int prepare(struct dump *d)
{
	struct manager *m = d->m;
	int r;

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
	unlink(d->log);		/* an old one must not explain a new error */
	if (getrandom(&d->token, sizeof(d->token), 0) != sizeof(d->token))
		return -EIO;
	return 0;
}

static int start(struct dump *d, const struct dump_args *args)
{
	int r = make_manifest(d, args);

	if (!r)
		r = prepare(d);
	if (!r)
		r = start_criu(d);
	return r;
}

static Pram__Code refuse(struct job *job, const struct dump_args *args, char *buf, size_t size)
{
	const char *problem = name_problem(args->name);

	if (problem) {
		snprintf(buf, size, "%s", problem);
		return PRAM__CODE__CODE_REFUSED;
	}
	if (job->m->dev < 0) {
		snprintf(buf, size, "%s", strerror(-job->m->dev));
		return PRAM__CODE__CODE_NO_PRAM;
	}
	if (ckpt_find(job->m, args->name)) {
		snprintf(buf, size, "there is a checkpoint %s already", args->name);
		return PRAM__CODE__CODE_EXISTS;
	}
	if (args->unit && !job->m->conf.criu_lib[0]) {
		snprintf(buf, size, "a service cannot be kept without CRIU's plugin: set CriuLib= in %s",
			 job->m->conf.file);
		return PRAM__CODE__CODE_REFUSED;
	}
	if (dump_problem(args->pid, args->starttime, job->client_pid, buf, size))
		return PRAM__CODE__CODE_REFUSED;
	return PRAM__CODE__CODE_OK;
}

void dump_start(struct job *job, const struct dump_args *args, outcome_t done, void *userdata)
{
	struct outcome outcome = { .name = args->name, .pid = args->pid };
	struct dump *d = NULL;
	char buf[256];
	int r = -ENOMEM;

	outcome.code = refuse(job, args, buf, sizeof(buf));
	if (outcome.code) {
		outcome.message = buf;
		unit_info_free(args->unit);
		done(userdata, &outcome);
		return;
	}
	d = calloc(1, sizeof(*d));
	if (d) {
		d->job = job;
		d->m = job->m;
		d->dir = -1;
		d->done = done;
		d->userdata = userdata;
		d->unit = args->unit;
		d->timeout_usec = args->unit ? args->unit_conf->dump_timeout_usec :
					       job->m->conf.dump_timeout_usec;
		strcpy(d->name, args->name);
		d->ckpt = ckpt_add(job->m, args->name);
		r = d->ckpt ? start(d, args) : -ENOMEM;
	}
	if (r < 0) {
		outcome.code = PRAM__CODE__CODE_FAILED;
		snprintf(buf, sizeof(buf), "cannot begin the dump: %s", strerror(-r));
		outcome.message = buf;
		if (d && d->ckpt)
			ckpt_remove(job->m, d->ckpt);
		if (!d)
			unit_info_free(args->unit);
		dump_free(d);
		done(userdata, &outcome);
		return;
	}
	job->m->dump = d;
	job_progress(job, d->name, "dumping", 0, 0);
}
