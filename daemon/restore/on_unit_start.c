// SPDX-License-Identifier: GPL-2.0-only
/*
 * systemd restores a unit by starting it. The drop-in of the generator replaces the unit's program
 * by pram-unit-restore, which holds the sandbox and the control group and sends the request.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/job.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/server.h"
#include "restore/on_unit_start.h"
#include "restore/restore.h"
#include "unit/disk_dirs.h"
#include "unit/reload.h"
#include "marks.h"
#include "pb.h"
#include "proc.h"
#include "str.h"
#include "unannounced.h"

/*
 * Delays of a daemon-reload: after pram-unit-restore has reported that systemd knows the main
 * process, and if it never reports that. The first one lets several units share a reload.
 */
#define UP_USEC (1 * USEC_PER_SEC)
#define UP_AT_LAST_USEC (10 * USEC_PER_SEC)

/* Does the process that asks belong to the unit? */
static bool is_holder(uint32_t pid, const char *unit)
{
	char *cgroup __cleanup(freep) = NULL;
	const char *last;

	if (proc_cgroup(pid, &cgroup) < 0)
		return false;
	last = strrchr(cgroup, '/');
	return last && str_eq(group_unit(last + 1), unit);
}

/* Removes the checkpoint, so the unit starts as on any other boot. */
static void start_fresh(struct manager *m, struct ckpt *c, const char *why)
{
	int r;

	/*
	 * Before the manifest is gone, since the lock is in it. The restore may not even have
	 * begun.
	 */
	restore_release_packets(c->manifest);
	r = store_remove_all(m->dev, c->name);
	journal_event(JOURNAL_FRESH, LOG_WARNING, c->name,
		      "%s starts afresh, its checkpoint is removed: %s", c->name, why);
	if (r < 0) {
		log_error("Cannot remove the checkpoint %s: %s", c->name, strerror(-r));
		return;
	}
	workdir_remove(m, c->name);
	diskdirs_forget(m, c->name);
	links_remove(c->manifest);
	mark_clear(MARK_RESTORE, c->name);
	reload_ask(m, UP_USEC, c->name);
	ckpt_remove(m, c);
	ckpt_scan(m);
}

/*
 * Not a busy one: this request was refused, because another restore or an earlier instance's CRIU
 * works on the checkpoint.
 */
static bool is_given_up(const struct ckpt *c)
{
	return c && c->state != CKPT_BUSY && c->manifest && c->manifest->unit &&
	       c->manifest->unit->fresh;
}

static void on_restored(void *userdata, const struct outcome *o)
{
	struct job *job = userdata;
	struct manager *m = job->m;
	const char *unit = str_or(job->req->unit_restore->name);
	struct ckpt *c = ckpt_find(m, unit);

	job_add_item(job, o);
	if (!o->code)
		reload_ask(m, UP_AT_LAST_USEC, NULL);
	else if (is_given_up(c))
		start_fresh(m, c, str_or(o->message));
	else if (o->code == PRAM__CODE__CODE_NOT_FOUND)
		/*
		 * the checkpoint is gone, but systemd has not reloaded: its drop-in is still there
		 */
		reload_ask(m, UP_USEC, unit);
	pb_str(&job->result->reason, o->reason);
	job_finish(job, o->code, o->message);
}

/* Has an earlier pramd restored the unit, and ended before it could answer? */
static bool restored_before(struct job *job, const char *unit)
{
	struct outcome o = { .name = unit, .message = "it runs again" };

	if (!ckpt_find(job->m, unit))
		o.pid = unannounced_take_over(unit, job->client_pid);
	if (o.pid)
		on_restored(job, &o);
	return o.pid;
}

void job_unit_restore(struct job *job)
{
	const char *unit = str_or(job->req->unit_restore->name);

	if (!is_holder(job->client_pid, unit))
		job_finish_text(job, PRAM__CODE__CODE_REFUSED,
				"only the main process of %s may ask for its restore: use systemctl start",
				unit);
	else if (!restored_before(job, unit))
		restore_start(job, unit, job->client_pid, on_restored, job);
}

void units_up(struct client *c, const char *unit)
{
	if (!is_holder(c->pid, unit)) {
		client_answer_text(c, PRAM__CODE__CODE_REFUSED,
				   "only the main process of %s may report that it runs", unit);
		return;
	}
	mark_clear(MARK_RESTORE, unit);
	unannounced_remove(unit);
	reload_ask(c->m, UP_USEC, NULL);
	client_answer_code(c, PRAM__CODE__CODE_OK, NULL);
}
