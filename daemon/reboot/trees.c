// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to registered trees if a kexec-reboot is called off after the verdict: they are
 * restored one after the other.
 */
#include "core/manager.h"
#include "reboot/state.h"
#include "restore/restore.h"
#include "pb.h"

static void on_restored(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (outcome->code)
		k->lost++;
	k->n_restored++;
	steps_done(&k->steps, STEP_AGAIN);
}

int kexec_restore_trees(void *op)
{
	struct kexec *k = op;

	if (k->n_restored == k->n_dumped)
		return STEP_DONE;
	restore_start(k->job, k->dumped[k->n_restored], 0, on_restored, k);
	return STEP_WAIT;
}

int kexec_tell_what_came_back(void *op)
{
	struct kexec *k = op;

	if (k->lost)
		steps_add_reason(&k->steps,
				 "; %u could not be restored: pramctl list shows the checkpoints, which are kept",
				 k->lost);
	else if (k->ended)
		steps_add_reason(&k->steps, "; all processes were restored");
	else if (k->touched)
		steps_add_reason(&k->steps, "; all processes continue to run");
	return STEP_DONE;
}
