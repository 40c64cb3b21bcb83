// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/registry.h"
#include "core/spawn.h"
#include "restore/report.h"
#include "restore/restore.h"
#include "restore/scope.h"
#include "restore/state.h"
#include "unit/net_wait.h"
#include "io.h"
#include "manifest.h"
#include "proc.h"
#include "str.h"

static void restore_free(struct restore *rs)
{
	struct restore **p = &rs->m->restores;

	while (*p != rs)
		p = &(*p)->next;
	*p = rs->next;
	spawn_free(rs->criu);
	spawn_free(rs->loading);
	kept_stow_free(rs->stow);
	netwait_free(rs->netwait);
	sd_event_source_disable_unref(rs->pids_timer);
	for (size_t i = 0; rs->outside && i < rs->n_outside; i++)
		fd_close(rs->outside[i]);
	free(rs->outside);
	fd_close(rs->dir);
	free(rs->logs);
	free(rs->log);
	free(rs->error);
	free(rs);
}

void restore_error(struct restore *rs, const char *fmt, ...)
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

void restore_failed(struct restore *rs)
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

	restore_unlock(c->manifest);
	/* Memory that was put back went with its process. */
	if (c->memories < c->manifest->n_memory || !kept_whole(c))
		ckpt_set_state(c, CKPT_CORRUPT, why);
	else
		ckpt_set_state(c, CKPT_FAILED, why);
	journal_event(JOURNAL_RESTORE_FAILED, LOG_ERR, c->name,
		      "Checkpoint %s could not be restored and is kept: %s", c->name, why);
	finish(rs, &outcome);
}

static void put_back_end(struct restore *rs)
{
	/* It is missing only if a dump could not write it. */
	int r = store_put_manifest(rs->m->dev, rs->ckpt->manifest);

	if (r < 0 && r != -EEXIST)
		log_error("The manifest of %s cannot be kept: %s", rs->ckpt->name, strerror(-r));
	ckpt_scan(rs->m);
	restore_failed(rs);
}

static void on_stowed(void *userdata, int r, const char *path)
{
	struct restore *rs = userdata;

	if (r < 0)
		log_error("%s of %s stays a file: %s", path, rs->ckpt->name, strerror(-r));
	put_back_end(rs);
}

/* What the unit had as files in its new sandbox, which goes with it. */
static void put_back_files(struct restore *rs)
{
	struct ckpt *c = rs->ckpt;

	kept_settle(rs->m->dev, c);
	if (!c->kept || kept_stow(rs->m, c, c->manifest, NULL, on_stowed, rs, &rs->stow) < 0)
		put_back_end(rs);
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
	put_back_files(rs);
}

void restore_put_back(struct restore *rs)
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

void restore_done(struct restore *rs)
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
	report_add(rs->m, mf, rs->kept_pages, rs->begun_usec);
	if (mf->unit)
		restore_unit_rising(mf, rs->holder);
	restore_forget(rs->m, c);
	finish(rs, &outcome);
}

void restore_load(void *userdata)
{
	struct restore *rs = userdata;
	struct ckpt *c = rs->ckpt;
	const Pram__Manifest *mf = c->manifest;
	const Pram__Image *image;
	int r;

	if (rs->done_images == mf->n_images) {
		job_progress(rs->job, c->name, "restoring", 0, 0);
		if (mf->unit)
			restore_unit(rs);
		else
			restore_run_criu(rs);
		return;
	}
	image = mf->images[rs->done_images];
	r = store_get(rs->m->dev, rs->dir, c->name, image->name);
	if (r < 0) {
		restore_error(rs, "image %s: %s", image->name, strerror(-r));
		restore_put_back(rs);
		return;
	}
	rs->done_images++;
	rs->done_bytes += image->bytes;
	job_progress(rs->job, c->name, "loading images", rs->done_bytes, manifest_bytes(mf));
	job_next(rs->job, restore_load, rs);
}
