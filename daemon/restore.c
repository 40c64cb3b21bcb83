// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ckpt.h"
#include "criu.h"
#include "criulog.h"
#include "io.h"
#include "journal.h"
#include "manager.h"
#include "manifest.h"
#include "paths.h"
#include "pb.h"
#include "proc.h"
#include "registry.h"
#include "restore.h"
#include "scope.h"
#include "spawn.h"
#include "store.h"
#include "str.h"
#include "workdir.h"

struct restore {
	struct job *job;
	struct manager *m;
	struct ckpt *ckpt;
	int dir;
	char *logs;
	char *log;
	struct spawn *criu;
	size_t done_images;
	uint64_t done_bytes;
	char *error;
	outcome_t done;
	void *userdata;
};

static void restore_free(struct restore *rs)
{
	spawn_free(rs->criu);
	fd_close(rs->dir);
	free(rs->logs);
	free(rs->log);
	free(rs->error);
	free(rs);
}

static __printf_like(2, 3) void set_error(struct restore *rs, const char *fmt, ...)
{
	va_list ap;

	if (rs->error)
		return;
	va_start(ap, fmt);
	if (vasprintf(&rs->error, fmt, ap) < 0)
		rs->error = NULL;
	va_end(ap);
}

static void finish(struct restore *rs, const struct outcome *outcome)
{
	outcome_t done = rs->done;
	void *userdata = rs->userdata;

	rs->dir = fd_close(rs->dir);
	done(userdata, outcome);
	restore_free(rs);
}

static void finish_failed(struct restore *rs)
{
	struct ckpt *c = rs->ckpt;
	const char *why = rs->error ? rs->error : "no memory";
	struct outcome outcome = {
		.code = PRAM__CODE__CODE_FAILED,
		.name = c->name,
		.message = why,
		.log = rs->log,
		.pid = c->manifest->root_pid,
	};

	ckpt_set_state(c, CKPT_FAILED, why);
	journal_event(JOURNAL_RESTORE_FAILED, LOG_ERR, c->name,
		      "Checkpoint %s could not be restored and is kept: %s", c->name, why);
	finish(rs, &outcome);
}

static void put_back_step(void *userdata)
{
	struct restore *rs = userdata;
	struct ckpt *c = rs->ckpt;
	const Pram__Manifest *mf = c->manifest;
	int r;

	while (rs->done_images < mf->n_images) {
		const char *file = mf->images[rs->done_images++]->name;

		if (faccessat(rs->dir, file, F_OK, 0) < 0)
			continue;	/* it is still in its node */
		r = store_put(rs->m->dev, rs->dir, c->name, file, NULL);
		if (r < 0)
			log_error("Image %s of %s stays a file: %s", file, c->name, strerror(-r));
		job_next(rs->job, put_back_step, rs);
		return;
	}
	/* It is missing only if a dump could not write it. */
	r = store_put_manifest(rs->m->dev, mf);
	if (r < 0 && r != -EEXIST)
		log_error("The manifest of %s cannot be kept: %s", c->name, strerror(-r));
	ckpt_scan(rs->m);
	finish_failed(rs);
}

static void put_back(struct restore *rs)
{
	scope_kill(rs->ckpt->manifest);
	rs->done_images = 0;
	job_next(rs->job, put_back_step, rs);
}

bool restore_runs(const Pram__Manifest *mf)
{
	struct proc_stat st;

	return proc_stat_read(mf->root_pid, &st) == 0 && st.state != 'Z' && st.state != 'X' &&
	       scope_has(mf, mf->root_pid);
}

void restore_forget(struct manager *m, struct ckpt *c)
{
	const Pram__Manifest *mf = c->manifest;
	int r = store_remove_all(m->dev, c->name);

	if (r < 0)
		log_error("Cannot remove the checkpoint %s: %s", c->name, strerror(-r));
	workdir_remove(m, c->name);
	if (mf->registered_as) {
		r = registry_add(m, mf->registered_as, mf->root_pid, mf->options);
		if (r < 0)
			log_error("%s runs, but cannot be registered again: %s", c->name,
				  strerror(-r));
	}
	ckpt_remove(m, c);
}

static void finish_restored(struct restore *rs)
{
	struct ckpt *c = rs->ckpt;
	const Pram__Manifest *mf = c->manifest;
	uint64_t now = now_usec(CLOCK_REALTIME);
	uint64_t frozen = mf->frozen_realtime_usec;
	char message[128], name[NAME_LEN_MAX + 1];
	struct outcome outcome = {
		.name = name,
		.message = message,
		.pid = mf->root_pid,
		.outage_usec = now > frozen ? now - frozen : 0,
	};

	strcpy(name, c->name);
	snprintf(message, sizeof(message),
		 "process %" PRIu32 " (%s) runs again after %" PRIu64 ".%" PRIu64 " s",
		 mf->root_pid, mf->processes[0]->comm, (uint64_t)(outcome.outage_usec / USEC_PER_SEC),
		 outcome.outage_usec / 100000 % 10);
	journal_event(JOURNAL_RESTORED, LOG_NOTICE, name, "Checkpoint %s: %s", name, message);
	restore_forget(rs->m, c);
	finish(rs, &outcome);
}

static void on_criu(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;
	char reason[CRIULOG_REASON_MAX];

	if (!result->status && restore_runs(rs->ckpt->manifest)) {
		finish_restored(rs);
		return;
	}
	if (result->timed_out)
		set_error(rs, "CRIU took too long and was ended");
	else if (!result->status)
		set_error(rs, "the process ended as soon as it ran");
	else if (criulog_file_reason(rs->log, reason, sizeof(reason)) == 0)
		set_error(rs, "CRIU: %s", reason);
	else
		set_error(rs, "CRIU ended with status %d: %s", result->status, result->output);
	put_back(rs);
}

static int start_criu(struct restore *rs)
{
	struct ckpt *c = rs->ckpt;
	char scope[SCOPE_NAME_SIZE];
	char *images __cleanup(freep) = path_work(rs->m, c->name);
	char *text __cleanup(freep) = str_printf("%s, kept in PRAM and restored", c->name);
	struct criu_args args = {
		.conf = &rs->m->conf,
		.images = images,
		.logs = rs->logs,
		.options = c->manifest->options,
		.scope = scope,
		.description = text,
	};
	struct spawn_args spawn = {
		.keep_fd = rs->dir,
		.timeout_usec = rs->m->conf.restore_timeout_usec,
		.done = on_criu,
		.userdata = rs,
	};
	char **argv __cleanup(strv_freep) = NULL;

	scope_name(c->name, scope);
	argv = images && text ? criu_restore_argv(&args) : NULL;
	if (!argv)
		return -ENOMEM;
	spawn.argv = argv;
	return spawn_new(rs->m->event, &spawn, &rs->criu);
}

static void load_step(void *userdata)
{
	struct restore *rs = userdata;
	struct ckpt *c = rs->ckpt;
	const Pram__Manifest *mf = c->manifest;
	const Pram__Image *image;
	int r;

	if (rs->done_images == mf->n_images) {
		job_progress(rs->job, c->name, "restoring", 0, 0);
		r = start_criu(rs);
		if (r < 0) {
			set_error(rs, "cannot start CRIU: %s", strerror(-r));
			put_back(rs);
		}
		return;
	}
	image = mf->images[rs->done_images];
	r = store_get(rs->m->dev, rs->dir, c->name, image->name);
	if (r < 0) {
		set_error(rs, "image %s: %s", image->name, strerror(-r));
		put_back(rs);
		return;
	}
	rs->done_images++;
	rs->done_bytes += image->bytes;
	job_progress(rs->job, c->name, "loading images", rs->done_bytes, manifest_bytes(mf));
	job_next(rs->job, load_step, rs);
}

/* The first id of the tree that somebody else has, thread ids included. */
static uint32_t collision(const Pram__Manifest *mf)
{
	for (size_t i = 0; i < mf->n_processes; i++) {
		const Pram__Process *p = mf->processes[i];

		if (proc_exists(p->pid))
			return p->pid;
		for (size_t k = 0; k < p->n_tids; k++)
			if (proc_exists(p->tids[k]))
				return p->tids[k];
	}
	return 0;
}

static void explain_collision(struct restore *rs, uint32_t pid)
{
	const Pram__Process *root = rs->ckpt->manifest->processes[0];
	struct proc_stat st;

	if (proc_same(root->pid, root->starttime) && rs->ckpt->manifest->options->leave_running)
		set_error(rs, "process %" PRIu32 " was left running and still runs", root->pid);
	else if (proc_stat_read(pid, &st) == 0)
		set_error(rs, "pid %" PRIu32 " is in use by another process (%s)", pid, st.comm);
	else
		set_error(rs, "pid %" PRIu32 " is in use", pid);
}

static int prepare(struct restore *rs)
{
	struct manager *m = rs->m;
	int r;

	rs->dir = workdir_open(m, rs->ckpt->name);
	if (rs->dir < 0)
		return rs->dir;
	r = path_make_logs(m, rs->ckpt->name, &rs->logs);
	if (r < 0)
		return r;
	rs->log = str_printf("%s/" CRIU_RESTORE_LOG, rs->logs);
	if (!rs->log)
		return -ENOMEM;
	unlink(rs->log);
	return 0;
}

static Pram__Code refuse(struct manager *m, const char *name, const char **ret_why)
{
	const struct ckpt *c = ckpt_find(m, name);

	if (!c) {
		*ret_why = "there is no such checkpoint";
		return PRAM__CODE__CODE_NOT_FOUND;
	}
	if (c->state == CKPT_BUSY) {
		*ret_why = "the checkpoint is being worked on";
		return PRAM__CODE__CODE_BUSY;
	}
	if (c->state == CKPT_CORRUPT || !c->manifest) {
		*ret_why = str_empty(c->reason) ? "the checkpoint is corrupt" : c->reason;
		return PRAM__CODE__CODE_REFUSED;
	}
	return PRAM__CODE__CODE_OK;
}

void restore_start(struct job *job, const char *name, outcome_t done, void *userdata)
{
	struct outcome outcome = { .name = name };
	struct restore *rs;
	uint32_t pid;
	int r;

	outcome.code = refuse(job->m, name, &outcome.message);
	rs = outcome.code ? NULL : calloc(1, sizeof(*rs));
	if (!rs) {
		if (!outcome.code) {
			outcome.code = PRAM__CODE__CODE_FAILED;
			outcome.message = strerror(ENOMEM);
		}
		done(userdata, &outcome);
		return;
	}
	rs->job = job;
	rs->m = job->m;
	rs->dir = -1;
	rs->ckpt = ckpt_find(job->m, name);
	rs->done = done;
	rs->userdata = userdata;
	pid = collision(rs->ckpt->manifest);
	if (pid) {
		explain_collision(rs, pid);
		finish_failed(rs);
		return;
	}
	r = prepare(rs);
	if (r < 0) {
		set_error(rs, "cannot begin: %s", strerror(-r));
		finish_failed(rs);
		return;
	}
	ckpt_set_state(rs->ckpt, CKPT_BUSY, NULL);
	job_next(job, load_step, rs);
}
