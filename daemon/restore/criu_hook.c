// SPDX-License-Identifier: GPL-2.0-only
/*
 * The post-restore hook of CRIU. All processes exist, with their mappings, and none has run. pramd
 * fills their shared memory now. If that fails, CRIU kills the processes.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "core/manager.h"
#include "core/server.h"
#include "core/spawn.h"
#include "criu/command.h"
#include "restore/criu_hook.h"
#include "restore/state.h"
#include "sandbox/enter.h"
#include "pluginfiles.h"
#include "str.h"

int restore_hook_env(struct restore *rs, char **ret)
{
	*ret = NULL;
	if (!rs->ckpt->manifest->unit || !kept_any_shared(rs->ckpt->manifest->unit))
		return 0;
	if (getrandom(&rs->token, sizeof(rs->token), 0) != sizeof(rs->token))
		return -EIO;
	*ret = str_printf(ENV_HOOK "=%016" PRIx64 ":" SANDBOX_HOST_ROOT "%s", rs->token,
			  rs->m->conf.socket);
	if (!*ret)
		return -ENOMEM;
	rs->hook_state = RESTORE_HOOK_AWAITED;
	return 0;
}

static void answer(struct restore *rs)
{
	if (rs->hook)
		client_answer_code(rs->hook, steps_failed(&rs->steps) ? PRAM__CODE__CODE_FAILED :
				   PRAM__CODE__CODE_OK, steps_reason(&rs->steps));
	rs->hook = NULL;
	rs->hook_state = RESTORE_HOOK_DONE;
	if (rs->criu_ended)
		steps_done(&rs->steps, -ECHILD);
}

static void on_filled(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;

	if (result->status)
		restore_fill_failed(rs, "shared memory", result);
	answer(rs);
}

bool restore_hook(struct manager *m, struct client *client, uint64_t token)
{
	struct restore *rs = m->restores;
	const char *path;
	int r;

	while (rs && (rs->hook_state != RESTORE_HOOK_AWAITED || rs->token != token))
		rs = rs->next;
	if (!rs)
		return false;
	rs->hook = client;
	rs->hook_state = RESTORE_HOOK_WORKS;
	r = kept_map(rs->ckpt, &path);
	if (!r)
		r = restore_fill(rs, true, on_filled);
	if (r < 0) {
		steps_error(&rs->steps, "cannot restore its shared memory: %s", strerror(-r));
		answer(rs);
	}
	return true;
}

void restore_client_gone(struct manager *m, struct client *client)
{
	for (struct restore *rs = m->restores; rs; rs = rs->next)
		if (rs->hook == client)
			rs->hook = NULL;	/* the hook has failed, so CRIU will end */
}

bool restore_hook_pending(struct restore *rs)
{
	/* Without the hook the shared memory is still empty. */
	if (rs->hook_state == RESTORE_HOOK_AWAITED)
		steps_error(&rs->steps,
			    "CRIU did not run pram-criu-hook, which restores its shared memory; its log is %s",
			    rs->log);
	return rs->hook_state == RESTORE_HOOK_WORKS;
}
