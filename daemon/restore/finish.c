// SPDX-License-Identifier: GPL-2.0-only
/*
 * Last step of a restore: writes the report, and removes the checkpoint of the tree that runs
 * again.
 */
#include <inttypes.h>
#include <time.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/registry.h"
#include "restore/report.h"
#include "restore/restore.h"
#include "restore/scope.h"
#include "restore/state.h"
#include "unit/disk_dirs.h"
#include "io.h"
#include "log.h"
#include "proc.h"
#include "str.h"
#include "unannounced.h"

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
	diskdirs_forget(m, c->name);
	if (mf->registered_as) {
		r = registry_add(m, mf->registered_as, mf->root_pid, mf->options);
		if (r < 0)
			log_error("%s runs, but cannot be registered again: %s", c->name,
				  strerror(-r));
	}
	ckpt_remove(m, c);
}

void restore_mark_unannounced(const Pram__Manifest *mf, uint32_t holder)
{
	int r = unannounced_add(mf->unit, mf->root_pid, holder);

	if (r < 0)
		log_warning("%s may stay \"activating\" after a daemon-reload: %s", mf->name,
			    strerror(-r));
}

int restore_finish(void *op)
{
	struct restore *rs = op;
	const Pram__Manifest *mf = rs->ckpt->manifest;
	uint64_t now = now_usec(CLOCK_REALTIME);
	uint64_t frozen = mf->frozen_realtime_usec;

	rs->outage_usec = now > frozen ? now - frozen : 0;
	steps_message(&rs->steps,
		      "process %" PRIu32 " (%s) runs again after %" PRIu64 ".%" PRIu64 " s",
		      mf->root_pid, mf->processes[0]->comm,
		      (uint64_t)(rs->outage_usec / USEC_PER_SEC), rs->outage_usec / 100000 % 10);
	report_add(rs->m, mf, rs->kept_pages, rs->begun_usec);
	if (mf->unit)
		restore_mark_unannounced(mf, rs->holder);
	restore_forget(rs->m, rs->ckpt);
	rs->ckpt = NULL;
	return STEP_DONE;
}
