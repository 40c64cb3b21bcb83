// SPDX-License-Identifier: GPL-2.0-only
/* The check steps of a kexec-reboot, those by other programs included, and their result. */
#include <errno.h>
#include <string.h>

#include "core/manager.h"
#include "criu/tool_reason.h"
#include "criu/version.h"
#include "reboot/inhibitors.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "strv.h"

int kexec_check(void *op)
{
	struct kexec *k = op;
	int r;

	if (k->m->unload_spawn || k->m->unload_timer)
		return steps_refuse(&k->steps, PRAM__CODE__CODE_BUSY,
				    "the image of an earlier kexec-reboot is still being unloaded: try again in a moment");
	r = precheck_run(k->m, k->job->req->kexec, k->job->client_pid, k->report);
	if (r < 0)
		return r;
	inhibitors_check(k->report);
	if (k->m->dev < 0)
		return steps_refuse(&k->steps, PRAM__CODE__CODE_NO_PRAM, "%s",
				    k->report->checks[0]->text);
	return STEP_DONE;
}

static void on_criu_check(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;
	struct reason_told told = { .text = "CRIU works with this kernel" };

	if (result->status)
		tool_tell(TOOL_CRIU_CHECK, result, &told);
	precheck_add(k->report, "criu", !result->status, "%s", told.text);
	if (told.name)
		precheck_set_reason(k->report, told.name);
	steps_done(&k->steps, STEP_DONE);
}

int kexec_check_criu(void *op)
{
	struct kexec *k = op;
	struct reason_told told;

	if (criu_version_problem(k->m->criu_version, &told)) {
		precheck_add(k->report, "criu", false, "%s", told.text);
		precheck_set_reason(k->report, told.name);
		return STEP_DONE;
	}
	return kexec_run(k, strv_of(k->m->conf.criu, "check", NULL), on_criu_check);
}

/* The result of all checks. */
static int judge(struct kexec *k)
{
	const Pram__Check *bad = precheck_failed(k->report);

	if (bad)
		k->steps.reason_name = bad->reason ? reason_find(bad->reason)->name : NULL;
	if (bad)
		return steps_refuse(&k->steps, PRAM__CODE__CODE_REFUSED, "%s", bad->text);
	return STEP_DONE;
}

static void on_system_state(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	bool ok = precheck_system_state_ok(result->output);

	if (!ok)
		tool_log("systemctl is-system-running", result->output);
	precheck_add(k->report, "systemd", ok, "%s%s",
		     ok ? "the system is " :
			  "systemd is still starting the "
			  "system, or shuts it down: try again when systemctl is-system-running says running",
		     ok ? result->output : "");
	steps_done(&k->steps, judge(k));
}

int kexec_check_systemd(void *op)
{
	return kexec_run(op, strv_of("systemctl", "is-system-running", NULL), on_system_state);
}
