// SPDX-License-Identifier: GPL-2.0-only
/* restore_start(): what can be seen before anything is touched, and waited for. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "criu/command.h"
#include "restore/restore.h"
#include "restore/state.h"
#include "io.h"
#include "log.h"
#include "macro.h"
#include "proc.h"
#include "str.h"

#define PIDS_TIMEOUT (30 * USEC_PER_SEC)
#define PIDS_LOOK (200 * USEC_PER_SEC / 1000)

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
		restore_error(rs, "process %" PRIu32 " was left running and still runs", root->pid);
	else if (proc_stat_read(pid, &st) == 0)
		restore_error(rs, "pid %" PRIu32 " is in use by another process (%s)", pid, st.comm);
	else
		restore_error(rs, "pid %" PRIu32 " is in use", pid);
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

static void begin(struct restore *rs)
{
	int r = prepare(rs);

	if (r < 0) {
		restore_error(rs, "cannot begin: %s", strerror(-r));
		restore_failed(rs);
		return;
	}
	job_next(rs->job, restore_load, rs);
}

/* --- pids that others have ---------------------------------------------------------------- */

/*
 * On boot nobody is there to try again, and what has chosen such a pid so early may be there for a
 * moment only. Somebody at a terminal is told at once.
 */
static bool waits_for_pids(const struct restore *rs)
{
	const Pram__Request *req = rs->job->req;

	return rs->holder || (req->body_case == PRAM__REQUEST__BODY_RESTORE && req->restore->boot);
}

static int look_at_pids(sd_event_source *source, uint64_t usec __unused_arg, void *userdata)
{
	struct restore *rs = userdata;
	uint32_t pid = collision(rs->ckpt->manifest);

	if (!pid) {
		begin(rs);
	} else if (now_usec(CLOCK_MONOTONIC) >= rs->pids_until_usec ||
		   sd_event_source_set_time_relative(source, PIDS_LOOK) < 0 ||
		   sd_event_source_set_enabled(source, SD_EVENT_ONESHOT) < 0) {
		explain_collision(rs, pid);
		restore_failed(rs);
	}
	return 0;
}

static void wait_for_pids(struct restore *rs, uint32_t pid)
{
	struct proc_stat st = { .comm = "?" };

	rs->pids_until_usec = now_usec(CLOCK_MONOTONIC) + PIDS_TIMEOUT;
	if (!waits_for_pids(rs) ||
	    sd_event_add_time_relative(rs->m->event, &rs->pids_timer, CLOCK_MONOTONIC, PIDS_LOOK, 0,
				       look_at_pids, rs) < 0) {
		explain_collision(rs, pid);
		restore_failed(rs);
		return;
	}
	proc_stat_read(pid, &st);
	log_notice("%s: pid %" PRIu32 " is in use by another process (%s), waiting for its end",
		   rs->ckpt->name, pid, st.comm);
	job_progress(rs->job, rs->ckpt->name, "waiting for its pids", 0, 0);
}

/* --- the start ---------------------------------------------------------------------------- */

static Pram__Code refuse(struct manager *m, const char *name, uint32_t holder,
			 const char **ret_why)
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
	if (c->manifest->unit && !holder) {
		*ret_why = "it is a service: systemctl start brings it back";
		return PRAM__CODE__CODE_REFUSED;
	}
	if (!c->manifest->unit && holder) {
		*ret_why = "the checkpoint of that name is no service's";
		return PRAM__CODE__CODE_REFUSED;
	}
	return PRAM__CODE__CODE_OK;
}

void restore_start(struct job *job, const char *name, uint32_t holder, outcome_t done,
		   void *userdata)
{
	struct outcome outcome = { .name = name };
	struct restore *rs;
	uint32_t pid;

	outcome.code = refuse(job->m, name, holder, &outcome.message);
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
	rs->next = rs->m->restores;
	rs->m->restores = rs;
	rs->dir = -1;
	rs->holder = holder;
	rs->begun_usec = now_usec(CLOCK_REALTIME);
	rs->ckpt = ckpt_find(job->m, name);
	rs->kept_pages = rs->ckpt->kept_pages;
	rs->done = done;
	rs->userdata = userdata;
	ckpt_set_state(rs->ckpt, CKPT_BUSY, NULL);
	pid = collision(rs->ckpt->manifest);
	if (pid)
		wait_for_pids(rs, pid);
	else
		begin(rs);
}
