// SPDX-License-Identifier: GPL-2.0-only
/* Step run-criu of a restore: starts CRIU, and evaluates how it ended. */
#include <errno.h>
#include <inttypes.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/spawn.h"
#include "criu/command.h"
#include "criu/tool_reason.h"
#include "restore/criu_hook.h"
#include "restore/restore.h"
#include "restore/scope.h"
#include "restore/state.h"
#include "sandbox/enter.h"
#include "proc.h"
#include "reasons.h"
#include "str.h"
#include "strv.h"

static void on_criu(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;
	struct reason_told told;
	bool pending = restore_hook_pending(rs);

	if (!result->status && !steps_failed(&rs->steps) && restore_runs(rs->ckpt->manifest)) {
		steps_done(&rs->steps, STEP_DONE);
		return;
	}
	if (!result->status && !result->timed_out) {
		steps_error_named(&rs->steps, reasons[REASON_RESTORED_DIED].name,
				  "process %" PRIu32
				  " ended immediately after it was restored; CRIU's log is %s, and "
				  "journalctl -k shows whether it crashed",
				  rs->pid, rs->log);
	} else if (!steps_failed(&rs->steps)) {
		criu_tell(result, rs->log, CRIULOG_RESTORE, rs->ckpt->manifest, &told);
		steps_error_told(&rs->steps, &told);
	}
	rs->criu_ended = true;
	if (!pending)
		steps_done(&rs->steps, -ECHILD);
}

static int start_criu(struct restore *rs)
{
	struct ckpt *c = rs->ckpt;
	const Pram__Unit *unit = c->manifest->unit;
	char scope[SCOPE_NAME_SIZE];
	char *cgroup __cleanup(freep) = NULL;
	char *images __cleanup(freep) = path_work(rs->m, c->name);
	char *text __cleanup(freep) = str_printf("%s, kept in PRAM and restored", c->name);
	struct criu_args args = {
		.conf = &rs->m->conf,
		.images = images,
		.logs = rs->logs,
		.options = c->manifest->options,
		.scope = scope,
		.description = text,
		.unit = unit,
	};
	struct sandbox sandbox = { .pid = rs->holder };
	struct spawn_args spawn = {
		.keep_fd = rs->dir,
		.session_stays = c->manifest->options->shell_job,
		.timeout_usec = restore_limit(rs, unit ? unit->restore_timeout_usec :
							 rs->m->conf.restore_timeout_usec),
		.done = on_criu,
		.userdata = rs,
	};
	char **argv __cleanup(strv_freep) = NULL;
	char *token __cleanup(freep) = NULL;
	char *env[] = { NULL, NULL };

	scope_name(c->name, scope);
	if (unit) {
		int r = restore_open_outside(rs);

		if (!r)
			r = proc_cgroup(rs->holder, &cgroup);
		if (!r)
			r = restore_hook_env(rs, &token);
		if (r < 0)
			return r;
		sandbox.cgroup = cgroup;
		env[0] = token;
		spawn.env = env;
		args.hook = token;
		args.outside = rs->outside;
		spawn.keep_fds = rs->outside;
		spawn.n_keep_fds = rs->n_outside;
		spawn.prepare = sandbox_enter_by_plugin;
		spawn.prepare_arg = &sandbox;
	}
	argv = images && text ? criu_restore_argv(&args) : NULL;
	if (!argv)
		return -ENOMEM;
	spawn.argv = argv;
	return spawn_new(rs->m->event, &spawn, &rs->criu);
}

/* The step ends in on_criu(), or when the work for the hook is done, if that takes longer. */
int restore_run_criu(void *op)
{
	int r = start_criu(op);

	return r < 0 ? r : STEP_WAIT;
}

int restore_kill_leftovers(void *op)
{
	struct restore *rs = op;

	scope_kill(rs->ckpt->manifest);
	return STEP_DONE;
}
