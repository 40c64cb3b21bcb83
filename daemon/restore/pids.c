// SPDX-License-Identifier: GPL-2.0-only
/* Step wait-for-pids: if other processes have PIDs of the tree, waits for their end or fails. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "restore/restore.h"
#include "restore/state.h"
#include "io.h"
#include "log.h"
#include "macro.h"
#include "proc.h"
#include "reasons.h"
#include "str.h"

#define PIDS_TIMEOUT (30 * USEC_PER_SEC)
#define PIDS_LOOK (200 * USEC_PER_SEC / 1000)

/* The first PID or TID of the tree that is in use, or 0. */
static uint32_t collision(const Pram__Manifest *mf)
{
	for (size_t i = 0; i < mf->n_processes; i++) {
		const Pram__Process *p = mf->processes[i];

		if (proc_exists(p->pid))
			return p->pid;
		for (size_t k = 0; k < p->n_tids; k++)
			if (proc_exists(p->tids[k]))
				return p->tids[k];
	}
	return 0;
}

static void explain_collision(struct restore *rs, uint32_t pid)
{
	const Pram__Process *root = rs->ckpt->manifest->processes[0];
	const char *name = reasons[REASON_PID_IN_USE].name;
	struct proc_stat st;

	if (proc_same(root->pid, root->starttime) && rs->ckpt->manifest->options->leave_running)
		steps_error(&rs->steps,
			    "process %" PRIu32 ", from which the checkpoint was made with "
			    "--leave-running, still runs: stop it first",
			    root->pid);
	else if (proc_stat_read(pid, &st) == 0)
		steps_error_named(&rs->steps, name,
				  "process ID %" PRIu32 " is in use by another "
				  "process (%s): stop that process, and restore again",
				  pid, st.comm);
	else
		steps_error_named(&rs->steps, name,
				  "process ID %" PRIu32 " is in use: restore again later", pid);
}

/*
 * Only a user at a terminal gets the error at once. At boot there is no user to repeat the command,
 * and a process that started that early often ends soon. If a reboot was called off, the tree has
 * just been ended, and its parent may not have reaped it yet.
 */
static bool waits_for_pids(const struct restore *rs)
{
	const Pram__Request *req = rs->job->req;

	return rs->holder || req->body_case != PRAM__REQUEST__BODY_RESTORE || req->restore->boot ||
	       !rs->job->client_pid;
}

uint64_t restore_pids_period(void *op __unused_arg)
{
	return PIDS_LOOK;
}

int restore_look_at_pids(void *op)
{
	struct restore *rs = op;
	uint32_t pid = collision(rs->ckpt->manifest);

	if (!pid)
		return STEP_DONE;
	if (now_usec(CLOCK_MONOTONIC) < rs->pids_until_usec)
		return STEP_WAIT;
	explain_collision(rs, pid);
	return -EBUSY;
}

int restore_wait_for_pids(void *op)
{
	struct restore *rs = op;
	uint32_t pid = collision(rs->ckpt->manifest);
	struct proc_stat st = { .comm = "?" };

	if (!pid)
		return STEP_DONE;
	if (!waits_for_pids(rs)) {
		explain_collision(rs, pid);
		return -EBUSY;
	}
	rs->pids_until_usec = now_usec(CLOCK_MONOTONIC) + restore_limit(rs, PIDS_TIMEOUT);
	proc_stat_read(pid, &st);
	log_notice("%s: process ID %" PRIu32
		   " is in use by another process (%s), waiting for its end",
		   rs->name, pid, st.comm);
	steps_progress(&rs->steps, "waiting for its process IDs", 0, 0);
	return STEP_WAIT;
}
