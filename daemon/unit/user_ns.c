// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRIU cannot restore a multi-threaded task in a new user namespace, unless in a new PID namespace
 * too. So the tasks of such a unit run in the host's user namespace after the restore. That is
 * safe only if no thread has a capability and none can gain one: inside their own namespace
 * capabilities are harmless, on the host they are not.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/user_ns.h"
#include "io.h"
#include "macro.h"
#include "proc.h"
#include "str.h"

#define TEXT_MAX (64u << 10)

static const char ids_differ[] =
	"it has a user namespace (PrivateUsers=), which is not restored, and in which "
	"user or group ids differ from those of the host";
static const char can_gain[] =
	"it has a user namespace (PrivateUsers=), which is not restored: it could gain "
	"privileges on the host unless both CapabilityBoundingSet= is empty and "
	"NoNewPrivileges=yes is set";
static const char has_capabilities[] =
	"it has a user namespace (PrivateUsers=), which is not restored, and one of "
	"its processes has capabilities in there, which would be valid on the host";

/* Does @map (uid_map or gid_map) of the process list ids, all the same inside and outside? */
static bool same_ids(uint32_t pid, const char *map)
{
	char *text __cleanup(freep) = NULL;
	char path[64], *save = NULL;
	bool any = false;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/%s", pid, map);
	if (read_file(path, TEXT_MAX, &text, NULL) < 0)
		return false;
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		uint32_t inside, outside;

		if (sscanf(p, "%" SCNu32 " %" SCNu32, &inside, &outside) != 2 || inside != outside)
			return false;
		any = true;
	}
	return any;
}

static bool status_problem(const char *status, struct reason_told *ret)
{
	/* The bounding set limits what execve() gains, not what the thread has. */
	static const char *const held[] = {
		"\nCapPrm:\t0000000000000000\n",
		"\nCapEff:\t0000000000000000\n",
		"\nCapAmb:\t0000000000000000\n",
	};

	if (!strstr(status, "\nCapBnd:\t0000000000000000\n") ||
	    !strstr(status, "\nNoNewPrivs:\t1\n"))
		return reason_say(REASON_UNIT_PRIVATE_USERS, ret, "%s", can_gain);
	for (size_t i = 0; i < ARRAY_SIZE(held); i++)
		if (!strstr(status, held[i]))
			return reason_say(REASON_UNIT_PRIVATE_USERS, ret, "%s", has_capabilities);
	return false;
}

/* A thread that has ended has no privileges. */
static bool thread_problem(uint32_t pid, uint32_t tid, struct reason_told *ret)
{
	char *status __cleanup(freep) = NULL;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%" PRIu32 "/status", pid, tid);
	if (read_file(path, TEXT_MAX, &status, NULL) < 0)
		return proc_exists(tid) &&
		       reason_say(REASON_UNIT_UNREADABLE, ret,
				  "its process %" PRIu32 " cannot be examined", pid);
	return status_problem(status, ret);
}

static bool process_problem(const Pram__Process *p, struct reason_told *ret)
{
	bool problem;

	if (!same_ids(p->pid, "uid_map") || !same_ids(p->pid, "gid_map"))
		return proc_exists(p->pid) &&
		       reason_say(REASON_UNIT_PRIVATE_USERS, ret, "%s", ids_differ);
	problem = thread_problem(p->pid, p->pid, ret);
	for (size_t i = 0; !problem && i < p->n_tids; i++)
		problem = thread_problem(p->pid, p->tids[i], ret);
	return problem;
}

bool userns_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret)
{
	bool problem = false;

	for (size_t i = 0; !problem && i < n; i++)
		problem = process_problem(procs[i], ret);
	return problem;
}
