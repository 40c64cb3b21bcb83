// SPDX-License-Identifier: GPL-2.0-only
/*
 * DOC: kexec-reboot
 *
 * Everything is checked, the image loaded, every registered tree and every enabled unit checkpointed,
 * and systemd asked to go down and jump. Until the machine goes down all of it can be called
 * off: what was dumped is restored in this kernel, and the image unloaded.
 *
 * Each dump is an operation with a table of its own, dump/dump.c, and each restore, restore/restore.c;
 * units are restored by systemd, which then asks pramd for it.
 *
 * pramd is ended by systemd in the last step, while the machine goes down.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/manager.h"
#include "core/spawn.h"
#include "reboot/reboot.h"
#include "reboot/state.h"
#include "pb.h"

static const struct step steps[] = {
	{
		/* All that can be seen without another program. Undo: the reason says what runs again. */
		.name = "check",
		.text = "checking",
		.trouble = "cannot check what it needs",
		.start = kexec_check,
		.undo = kexec_tell_what_came_back,
	}, {
		.name = "check-criu",
		.trouble = "cannot check CRIU",
		.start = kexec_check_criu,
	}, {
		/* And the verdict of all checks; a dry run ends here. */
		.name = "check-systemd",
		.trouble = "cannot ask systemd",
		.start = kexec_check_systemd,
	}, {
		.name = "load-image",
		.text = "loading the kernel",
		.trouble = "cannot load the kernel",
		.start = kexec_load_image,
		.undo = kexec_unload_image,
	}, {
		/* systemd does nothing about the end of the units' processes. Undo: the marks go. */
		.name = "mark-units",
		.trouble = "cannot prepare the units",
		.start = kexec_mark_units,
		.undo = kexec_restore_units,
	}, {
		/* Undo: each that was dumped is restored. */
		.name = "dump-trees",
		.trouble = "cannot checkpoint the trees",
		.start = kexec_dump_trees,
		.undo = kexec_restore_trees,
	}, {
		/* Undo: systemd starts those that were dumped, which restores them; the marks go. */
		.name = "dump-units",
		.trouble = "cannot checkpoint the units",
		.start = kexec_dump_units,
		.undo = kexec_restore_units,
	}, {
		/* Units that could not be dumped, and may start afresh, are stopped as on any reboot. */
		.name = "leave-others",
		.trouble = "cannot leave the other units",
		.start = kexec_leave_others,
	}, {
		/* Without an image systemd would do a plain reboot, and all would be lost. */
		.name = "check-image",
		.trouble = "the loaded image is gone, or it would overwrite preserved memory",
		.start = kexec_check_image,
	}, {
		.name = "jump",
		.text = "asking systemd for the kexec",
		.trouble = "cannot ask systemd for the kexec",
		.start = kexec_jump,
		.undo = kexec_stay,
	}, {
		/* pramd is ended in here. It fails if the machine does not go down in time. */
		.name = "go-down",
		.text = "going down",
		.trouble = "the machine did not go down for the kexec",
		.start = kexec_go_down,
		.timeout_usec = kexec_jump_time,
		.timed_out = kexec_look_if_down,
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
		job_finish(job, PRAM__CODE__CODE_FAILED, strerror(-r));
}
