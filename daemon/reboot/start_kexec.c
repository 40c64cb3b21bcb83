// SPDX-License-Identifier: GPL-2.0-only
/* The last steps: asks systemd for the kexec, and waits until the machine goes down. */
#include <errno.h>

#include "checkpoint/power_loss.h"
#include "core/journal.h"
#include "core/manager.h"
#include "criu/tool_reason.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "strv.h"

static void on_kexec_asked(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		tool_failed(&k->steps, TOOL_SYSTEMCTL_KEXEC, result);
	steps_done(&k->steps, STEP_DONE);
}

int kexec_start_kexec(void *op)
{
	struct kexec *k = op;

	journal_event(JOURNAL_KEXEC, LOG_NOTICE, NULL,
		      "%zu services and trees are kept, rebooting by kexec into %s",
		      k->n_dumped + k->n_units, k->report->kernel);
	left_write(k->m);
	k->m->rebooting = true;
	/* Use the command, not a D-Bus call: it makes the same checks as for a user. */
	return kexec_run(k,
			 strv_of("systemctl", "--no-wall", "--check-inhibitors=no", "kexec", NULL),
			 on_kexec_asked);
}

int kexec_stay(void *op)
{
	struct kexec *k = op;

	k->m->rebooting = false;
	left_forget(k->m);
	return STEP_DONE;
}

int kexec_wait_for_shutdown(void *op)
{
	struct kexec *k = op;

	/* pramd was asked to stop before systemd was asked for the kexec, and will not be again. */
	if (k->m->stopping)
		k->m->on_job_ended(k->m);
	return STEP_WAIT;
}

uint64_t kexec_shutdown_timeout(void *op)
{
	const struct kexec *k = op;

	return k->m->conf.jump_timeout_usec;
}

/* If the machine is going down slowly, systemd will end pramd. */
static void on_still_here(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (!precheck_system_state_ok(result->output))
		return;
	steps_error(&k->steps,
		    "the machine did not go down within JumpTimeoutSec=: systemctl list-jobs shows "
		    "what systemd waits for");
	steps_done(&k->steps, -EBUSY);
}

int kexec_check_shutdown(void *op)
{
	return kexec_run(op, strv_of("systemctl", "is-system-running", NULL), on_still_here);
}
