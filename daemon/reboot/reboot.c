// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: kexec-reboot
 *
 * pramd makes all checks, loads the image, dumps all registered trees and all enabled units at
 * the same time, ends all of them at once, and asks systemd for the kexec. Until the machine goes
 * down, all of this can be undone: processes that are only frozen run on, those that were ended
 * are restored in this kernel, and the image is unloaded.
 *
 * Each dump and each restore is an operation with its own table, in dump/dump.c and
 * restore/restore.c. To restore a unit, pramd has systemd start it; the unit then asks pramd.
 *
 * In the last step the machine goes down, and systemd ends pramd.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/manager.h"
#include "core/spawn.h"
#include "dump/group.h"
#include "dump/rehearsal.h"
#include "reboot/reboot.h"
#include "reboot/state.h"
#include "io.h"
#include "pb.h"

static const struct step steps[] = {
	{
		/* All checks without other programs. Undo: adds to the reason what was restored. */
		.name = "check",
		.text = "checking",
		.error_prefix = "cannot check what the reboot needs",
		.start = kexec_check,
		.undo = kexec_tell_what_came_back,
	}, {
		.name = "check-criu",
		.error_prefix = "cannot check CRIU",
		.start = kexec_check_criu,
	}, {
		/* Also evaluates all checks. */
		.name = "check-systemd",
		.error_prefix = "cannot ask systemd",
		.start = kexec_check_systemd,
	}, {
		.name = "choose-units",
		.error_prefix = "cannot read the units",
		.start = kexec_choose_units,
	}, {
		/* For a dry run, which ends here. */
		.name = "rehearse",
		.text = "rehearsing",
		.error_prefix = "cannot rehearse the dumps",
		.start = kexec_rehearse,
		.flags = STEP_MAY_END,
	}, {
		.name = "load-image",
		.text = "loading the kernel",
		.error_prefix = "cannot load the kernel",
		.start = kexec_load_image,
		.undo = kexec_unload_image,
	}, {
		/*
		 * Makes systemd ignore the end of the units' processes. Undo: removes the marks,
		 * and has systemd start the units that were ended, which restores them.
		 */
		.name = "mark-units",
		.error_prefix = "cannot prepare the units",
		.start = kexec_mark_units,
		.undo = kexec_restore_units,
	}, {
		/*
		 * Dumps all trees and units, which stay frozen. Undo: they run on, unless they were
		 * ended.
		 */
		.name = "prepare-dumps",
		.error_prefix = "cannot dump the processes",
		.start = kexec_prepare_dumps,
		.undo = kexec_call_off,
	}, {
		/*
		 * Units of --allow-fresh that could not be dumped are to be stopped as on any
		 * reboot.
		 */
		.name = "unmark-fresh-units",
		.error_prefix = "cannot prepare the units that start afresh",
		.start = kexec_unmark_fresh_units,
	}, {
		/* Without an image systemd would do a plain reboot, which keeps nothing. */
		.name = "check-image",
		.error_prefix = "the loaded image is gone, or it would overwrite preserved memory",
		.start = kexec_check_image,
	},
	/* --- all processes are frozen | all processes are ended --- */
	{
		/* Undo: restores the trees. The units are restored by the undo of mark-units. */
		.name = "end-trees",
		.text = "ending all processes",
		.error_prefix = "cannot end the processes",
		.start = kexec_end_trees,
		.undo = kexec_restore_trees,
		.flags = STEP_KILLS,
	}, {
		.name = "start-kexec",
		.text = "asking systemd for the kexec",
		.error_prefix = "cannot ask systemd for the kexec",
		.start = kexec_start_kexec,
		.undo = kexec_stay,
	}, {
		/*
		 * systemd ends pramd in this step. It fails if the machine does not go down in
		 * time.
		 */
		.name = "wait-for-shutdown",
		.text = "going down",
		.error_prefix = "the machine did not go down for the kexec",
		.start = kexec_wait_for_shutdown,
		.timeout_usec = kexec_shutdown_timeout,
		.timed_out = kexec_check_shutdown,
		.flags = STEP_FINAL,
	},
};

const struct step_table kexec_table = {
	.name = "kexec-reboot",
	.subject = "kexec-reboot",
	.failed = "failed",
	.failed_id = JOURNAL_KEXEC_FAILED,
	.done_id = JOURNAL_NONE,
	.steps = steps,
	.n = ARRAY_SIZE(steps),
};

static void kexec_free(void *priv)
{
	struct kexec *k = priv;

	steps_free(&k->steps);
	spawn_free(k->spawn);
	for (size_t i = 0; i < k->n_dumped; i++)
		free(k->dumped[i]);
	free(k->dumped);
	kexec_free_units(k);
	dump_group_free(k->group);
	rehearsal_free(k->rehearsal);
	fd_close(k->image_mark);
	free(k);
}

static void on_end(void *op, Pram__Code code, const char *message)
{
	struct kexec *k = op;

	pb_str(&k->job->result->reason, k->steps.reason_name);
	job_finish(k->job, code, message);
}

void kexec_start(struct job *job)
{
	struct kexec *k = calloc(1, sizeof(*k));
	int r = -ENOMEM;

	job->result->kexec = PB_NEW(KexecReport);
	if (k) {
		job->priv = k;
		job->free_priv = kexec_free;
		k->job = job;
		k->m = job->m;
		k->image_mark = -1;
		k->report = job->result->kexec;
		k->steps = (struct steps){
			.table = &kexec_table,
			.job = job,
			.event = job->m->event,
			.fault = &job->m->fault,
			.op = k,
			.end = on_end,
		};
		r = k->report ? steps_start(&k->steps) : -ENOMEM;
	}
	if (r < 0)
		job_finish_text(job, PRAM__CODE__CODE_FAILED,
				"the kexec-reboot cannot be started: %s", strerror(-r));
}
