// SPDX-License-Identifier: GPL-2.0-only
/*
 * An earlier pramd was killed during a kexec-reboot or a dump: ends what is left of trees that were
 * ended, and restores the trees and units of the reboot, which will not take place.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/job.h"
#include "core/manager.h"
#include "dump/dump.h"
#include "pramd/recover_reboot.h"
#include "pramd/request_jobs.h"
#include "restore/report.h"
#include "unit/reload.h"
#include "log.h"
#include "marks.h"
#include "pb.h"
#include "proc.h"

bool recover_tree_runs(const struct manager *m, const Pram__Manifest *mf)
{
	return ckpt_of_this_boot(m, mf) && !mf->options->leave_running &&
	       proc_same(mf->root_pid, mf->processes[0]->starttime);
}

/*
 * An earlier instance may have been killed while it ended a tree: the root process is dead, so the
 * checkpoint is valid, but the others run on. They would have the PIDs that the restore needs.
 * Without a committed node nothing says that there was a verdict.
 */
static void end_rests(struct manager *m)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		const Pram__Manifest *mf = c->manifest;

		if (c->state == CKPT_READY && mf && mf->n_memory && ckpt_of_this_boot(m, mf) &&
		    !mf->options->leave_running && !recover_tree_runs(m, mf))
			dump_end_processes(mf);
	}
}

/*
 * An earlier instance was killed during a kexec-reboot. Restores the units that it had dumped, and
 * removes the marks "leaving" of all units.
 */
static void recover_units(struct manager *m)
{
	bool any = marks_drop(MARK_LEAVING) + marks_drop(MARK_GUARD) > 0;

	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		const Pram__Manifest *mf = c->manifest;

		if (c->state != CKPT_READY || !mf || !mf->unit || !ckpt_of_this_boot(m, mf))
			continue;
		if (mark_set(MARK_RESTORE, c->name) < 0)
			log_error("Cannot write the mark of %s: it starts afresh instead of being restored",
				  c->name);
		reload_ask(m, 0, c->name);
	}
	/* The earlier instance may have ended before it removed the drop-in of a restored unit. */
	if (any || report_has_unit(m))
		reload_ask(m, 0, NULL);
}

/*
 * The same for trees: they are restored by a job. A checkpoint that a user has made is left alone.
 */
static void recover_trees(struct manager *m)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		const Pram__Manifest *mf = c->manifest;
		Pram__Request *req;

		if (c->state != CKPT_READY || !mf || mf->unit || !mf->for_kexec || !ckpt_of_this_boot(m, mf))
			continue;
		req = PB_NEW(Request);
		if (req) {
			req->body_case = PRAM__REQUEST__BODY_RESTORE;
			req->restore = PB_NEW(RestoreRequest);
		}
		if (!req || !req->restore || pb_str(&req->restore->name, c->name) < 0) {
			log_error("No memory to restore %s: its checkpoint is kept (pramctl restore)",
				  c->name);
			pb_free(req);
			return;
		}
		job_add(m, NULL, req, "restore", job_restore);
	}
}

void recover_reboot(struct manager *m)
{
	end_rests(m);
	recover_units(m);
	recover_trees(m);
}
