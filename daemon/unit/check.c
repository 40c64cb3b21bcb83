// SPDX-License-Identifier: GPL-2.0-only
/* The reasons to refuse a unit. Checked when it is enabled, and again before each kexec. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/in_use.h"
#include "unit/info.h"
#include "unit/sysv_shm.h"
#include "unit/unix_peers.h"
#include "unit/user_ns.h"
#include "io.h"
#include "name.h"
#include "namespaces.h"
#include "proc.h"
#include "str.h"

#define PROCS_MAX (1u << 20)	/* limit for cgroup.procs, in bytes */
#define ATTEMPTS 3

bool unit_is_active(const struct unit_info *u)
{
	return u->main_pid && (str_eq(str_or(u->active_state), "active") ||
			       str_eq(str_or(u->active_state), "reloading"));
}

bool unit_is_starting(const struct unit_info *u)
{
	return u->main_pid && str_eq(str_or(u->active_state), "activating");
}

static bool is_one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(str_or(s), *list))
			return true;
	return false;
}

/* Reasons in the unit's configuration. */
static const char *configuration_problem(const struct unit_info *u)
{
	static const char *const types[] = { "simple", "exec", "forking", "notify",
					     "notify-reload", "idle", NULL };
	static const char *const none[] = { "", "no", "all", NULL };

	if (!str_eq(str_or(u->load_state), "loaded"))
		return "systemd has no such unit";
	if (u->transient)
		return "it is a transient unit (systemd-run), which the next boot does not have: write a unit file";
	if (!is_one_of(u->type, types))
		return "its Type= cannot be kept: a oneshot service has no lasting process, a "
		       "dbus service would lose its name on the bus";
	if (!str_empty(u->root_directory) || !str_empty(u->root_image))
		return "it has a root of its own (RootDirectory=, RootImage=), where CRIU cannot run";
	if (!is_one_of(u->private_pids, none))
		return "it has its own PID namespace (PrivatePIDs=), which CRIU cannot restore";
	if (!is_one_of(u->proc_subset, none))
		return "it sees only a part of /proc (ProcSubset=), with which CRIU cannot work";
	if (u->private_network || !str_empty(u->network_namespace))
		return "it has a network of its own (PrivateNetwork=, NetworkNamespacePath=), in which "
		       "CRIU cannot see its connection to the journal";
	if (u->delegate)
		return "it manages control groups of its own (Delegate=), which are not kept";
	for (char **p = u->triggered_by; p && *p; p++)
		if (strstr(*p, ".socket"))
			return "its socket belongs to a .socket unit, and would be bound twice";
	if (u->n_stored_fds)
		return "systemd stores descriptors for it (FileDescriptorStoreMax=), which get lost";
	return NULL;
}

/*
 * The pid was read from systemd some time ago: the process may have ended, and the pid be another
 * process's.
 */
static bool has_main_process(const struct unit_info *u)
{
	char *cgroup __cleanup(freep) = NULL;
	const char *rest;

	if (proc_cgroup(u->main_pid, &cgroup) < 0)
		return false;
	rest = str_after(cgroup, str_or(u->cgroup));
	return rest && (!*rest || *rest == '/');
}

const char *unit_stranger(const struct unit_info *u, Pram__Process *const *procs, size_t n, char *buf,
			  size_t size)
{
	char *path __cleanup(freep) = str_printf("/sys/fs/cgroup%s/cgroup.procs", u->cgroup);
	char *text __cleanup(freep) = NULL;
	char *save = NULL;

	if (!path || read_file(path, PROCS_MAX, &text, NULL) < 0)
		return "its control group cannot be read";
	if (!has_main_process(u))
		return "its main process has ended";
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		uint32_t pid;

		if (str_pid(p, &pid) == 0 && proc_is_outside(procs, n, pid)) {
			snprintf(buf, size, "process %" PRIu32 " of it does not descend from its main "
				 "process %" PRIu32, pid, u->main_pid);
			return buf;
		}
	}
	return NULL;
}

/* A process that has ended, or is a zombie, has no namespaces to enter. */
static bool is_ending(uint32_t pid)
{
	struct proc_stat st;

	return proc_stat_read(pid, &st) < 0 || st.state == 'Z' || st.state == 'X';
}

const char *unit_namespaces_problem(Pram__Process *const *procs, size_t n, char *buf, size_t size)
{
	for (size_t i = 0; i < n; i++)
		if (ns_problem(procs[i]->pid, buf, size) && !is_ending(procs[i]->pid))
			return buf;
	return NULL;
}

static const char *processes_problem_once(const struct unit_info *u, bool now, char *buf,
					  size_t size)
{
	const char *problem;
	Pram__Process **procs;
	size_t n;

	if (proc_tree(u->main_pid, &procs, &n) < 0)
		return "its main process has ended";
	/* Namespaces first: the other checks follow paths as these processes see them. */
	problem = unit_namespaces_problem(procs, n, buf, size);
	if (!problem)
		problem = unit_stranger(u, procs, n, buf, size);
	if (!problem && u->private_users)
		problem = userns_problem(procs, n);
	if (!problem)
		problem = sysv_problem(procs, n, buf, size);
	if (!problem)
		problem = inuse_problem(procs, n, buf, size);
	if (!problem)
		problem = unixpeers_problem(procs, n, now, buf, size);
	proc_tree_free(procs, n);
	return problem;
}

/*
 * Processes start and end during the checks. Report only a problem that each of ATTEMPTS checks
 * finds.
 */
static const char *processes_problem(const struct unit_info *u, bool now, char *buf, size_t size)
{
	const char *problem = NULL;

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		problem = processes_problem_once(u, now, buf, size);
		if (!problem)
			break;
	}
	return problem;
}

const char *unit_problem(const struct unit_info *u, bool now, char *buf, size_t size)
{
	const char *problem = u->id ? unit_name_problem(u->id) : NULL;

	if (!problem)
		problem = configuration_problem(u);
	if (!problem && now && unit_is_starting(u))
		problem = "it is still starting: try again when it is active";
	if (!problem && unit_is_active(u))
		problem = processes_problem(u, now, buf, size);
	return problem;
}

const char *unit_note(const struct unit_info *u)
{
	return u->private_users ?
		       "restored, it runs in the host's user namespace until it is restarted" :
		       NULL;
}
