// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/job.h"
#include "core/manager.h"
#include "core/server.h"
#include "core/spawn.h"
#include "criu/tool_reason.h"
#include "dump/dump.h"
#include "pramd/request_jobs.h"
#include "restore/restore.h"
#include "unit/disk_dirs.h"
#include "log.h"
#include "macro.h"
#include "marks.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"
#include "strv.h"

#define RELOAD_TIMEOUT (120 * USEC_PER_SEC)

/* --- checkpoint --------------------------------------------------------------------------- */

static void on_dumped(void *userdata, const struct outcome *outcome)
{
	struct job *job = userdata;

	job_add_item(job, outcome);
	if (outcome->code)
		pb_str(&job->result->log, outcome->log);
	pb_str(&job->result->reason, outcome->reason);
	job_finish(job, outcome->code, outcome->message);
}

void job_checkpoint(struct job *job)
{
	const Pram__TreeRequest *req = job->req->checkpoint;
	struct dump_args args = {
		.name = str_or(req->name),
		.pid = req->pid,
		.options = req->options,
	};

	dump_start(job, &args, on_dumped, job);
}

/* --- restore ------------------------------------------------------------------------------ */

struct restores {
	struct job *job;
	char **names;
	size_t n;
	size_t next;
	unsigned int failed;
	sd_event_source *timer;	/* the boot does not wait longer */
};

static void restores_free(void *priv)
{
	struct restores *rs = priv;

	sd_event_source_disable_unref(rs->timer);
	for (size_t i = 0; i < rs->n; i++)
		free(rs->names[i]);
	free(rs->names);
	free(rs);
}

/* The restores go on, but multi-user.target does not wait for them any more. */
static int on_boot_timeout(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
			   void *userdata)
{
	struct restores *rs = userdata;
	char text[160];

	snprintf(text, sizeof(text),
		 "%zu of %zu restored or tried; the boot does not wait for the others "
		 "(BootTimeoutSec=)",
		 rs->next ? rs->next - 1 : 0, rs->n);
	log_warning("%s", text);
	job_answer_early(rs->job, PRAM__CODE__CODE_FAILED, text);
	return 0;
}

static int limit_boot(struct restores *rs)
{
	const struct manager *m = rs->job->m;

	if (!rs->job->req->restore->boot)
		return 0;
	return sd_event_add_time_relative(m->event, &rs->timer, CLOCK_MONOTONIC,
					  m->conf.boot_timeout_usec, 0, on_boot_timeout, rs);
}

static void restore_next(void *userdata);

static void on_restored(void *userdata, const struct outcome *outcome)
{
	struct restores *rs = userdata;
	struct job *job = rs->job;

	job_add_item(job, outcome);
	if (outcome->code) {
		rs->failed++;
		pb_str(&job->result->log, outcome->log);
	}
	if (rs->n == 1) {
		pb_str(&job->result->reason, outcome->reason);
		job_finish(job, outcome->code, outcome->message);
	} else {
		job_next(job, restore_next, rs);
	}
}

static void restore_next(void *userdata)
{
	struct restores *rs = userdata;
	char text[64];

	if (rs->next < rs->n) {
		restore_start(rs->job, rs->names[rs->next++], 0, on_restored, rs);
		return;
	}
	snprintf(text, sizeof(text), "%zu of %zu restored", rs->n - rs->failed, rs->n);
	job_finish(rs->job, rs->failed ? PRAM__CODE__CODE_FAILED : PRAM__CODE__CODE_OK, text);
}

/* Chooses the checkpoints to restore. With --boot, leaves out those that were made in this boot. */
static int choose(struct restores *rs, const Pram__RestoreRequest *req)
{
	const struct manager *m = rs->job->m;
	int r = 0;

	if (!req->all)
		return pb_append_str(&rs->n, &rs->names, str_or(req->name));
	for (struct ckpt *c = m->ckpts; c && !r; c = c->next) {
		/* Services are restored by systemctl start. */
		if (c->manifest && c->manifest->unit)
			continue;
		if (!req->boot || !c->manifest || !ckpt_of_this_boot(m, c->manifest))
			r = pb_append_str(&rs->n, &rs->names, c->name);
	}
	return r;
}

void job_restore(struct job *job)
{
	struct restores *rs = calloc(1, sizeof(*rs));

	if (rs) {
		rs->job = job;
		job->priv = rs;
		job->free_priv = restores_free;
	}
	if (!rs || choose(rs, job->req->restore) < 0 || limit_boot(rs) < 0)
		job_finish(job, PRAM__CODE__CODE_FAILED, NO_MEMORY_FOR_REQUEST);
	else
		restore_next(rs);
}

/* --- remove ------------------------------------------------------------------------------- */

static void free_spawn(void *priv)
{
	spawn_free(priv);
}

static void on_reloaded(void *userdata, const struct spawn_result *result)
{
	struct job *job = userdata;

	if (result->status)
		tool_log_failure(TOOL_RELOAD, result);
	job_finish(job, PRAM__CODE__CODE_OK, "removed");
}

/*
 * Removes the drop-in of the unit. The answer is sent afterwards, since the user may start the unit
 * next.
 */
static int drop_dropin(struct job *job)
{
	struct spawn *spawn = NULL;
	int r = spawn_command(job->m->event, strv_of("systemctl", "daemon-reload", NULL), RELOAD_TIMEOUT,
			      on_reloaded, job, &spawn);

	if (r < 0)
		return r;
	job->priv = spawn;
	job->free_priv = free_spawn;
	return 0;
}

void job_remove(struct job *job)
{
	struct ckpt *c = ckpt_find(job->m, str_or(job->req->remove->name));
	bool unit;
	int r;

	if (!c) {
		job_finish_text(job, PRAM__CODE__CODE_NOT_FOUND, NO_CHECKPOINT,
				str_or(job->req->remove->name));
		return;
	}
	if (c->state == CKPT_BUSY) {
		job_finish_text(job, PRAM__CODE__CODE_BUSY, CHECKPOINT_BUSY, c->name);
		return;
	}
	job_progress(job, c->name, "removing", 0, 0);
	r = store_remove_all(job->m->dev, c->name);
	if (r < 0) {
		job_finish_text(job, PRAM__CODE__CODE_FAILED,
				"the nodes of checkpoint %s cannot be removed: %s", c->name,
				strerror(-r));
		return;
	}
	workdir_remove(job->m, c->name);	/* images that could not become nodes again */
	diskdirs_forget(job->m, c->name);
	unit = c->manifest && c->manifest->unit;
	if (unit)
		mark_clear(MARK_RESTORE, c->name);
	if (c->manifest) {
		restore_release_packets(c->manifest);
		links_remove(c->manifest);
	}
	ckpt_remove(job->m, c);
	ckpt_scan(job->m);
	r = unit ? drop_dropin(job) : 0;
	if (r < 0)
		log_error("Cannot run systemctl daemon-reload: %s. Run it, so that systemd forgets the drop-in of %s",
			  strerror(-r), str_or(job->req->remove->name));
	if (!unit || r < 0)
		job_finish(job, PRAM__CODE__CODE_OK, "removed");
}

/* --- release ------------------------------------------------------------------------------ */

/* Removes corrupt checkpoints that have no node any more. */
static void forget_gone(struct manager *m)
{
	struct ckpt *c, *next;

	for (c = m->ckpts; c; c = next) {
		next = c->next;
		if (c->state != CKPT_CORRUPT || c->nodes)
			continue;
		workdir_remove(m, c->name);
		diskdirs_forget(m, c->name);
		ckpt_remove(m, c);
	}
}

void job_release(struct job *job)
{
	Pram__Release *rel = PB_NEW(Release);
	uint64_t pages = 0;
	uint32_t nodes;
	char text[96];
	int r;

	if (!rel) {
		job_finish(job, PRAM__CODE__CODE_FAILED, NO_MEMORY_FOR_REQUEST);
		return;
	}
	job->result->release = rel;
	job_progress(job, NULL, "releasing", 0, 0);
	r = store_drop_corrupt(job->m->dev, &nodes);
	if (r >= 0)
		r = pramdev_release(job->m->dev, &pages);
	pb_set(rel, nodes, nodes);
	pb_set(rel, pages, pages);
	if (nodes && ckpt_scan(job->m) >= 0)
		forget_gone(job->m);
	if (r < 0) {
		job_finish_text(job, PRAM__CODE__CODE_FAILED,
				"the kernel cannot release the memory: %s", strerror(-r));
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64 " page%s freed, %" PRIu32 " corrupt node%s dropped",
		 pages, pages == 1 ? "" : "s", nodes, nodes == 1 ? "" : "s");
	if (pages || nodes)
		log_notice("Released: %s", text);
	job_finish(job, PRAM__CODE__CODE_OK, text);
}
