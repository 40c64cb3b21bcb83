// SPDX-License-Identifier: GPL-2.0-only
/* The reasons to refuse a unit. Checked when it is enabled, and again before each kexec. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "unit/conf.h"
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
#define STREAM_LOOK_USEC 50000

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
static bool configuration_problem(const struct unit_info *u, struct reason_told *ret)
{
	static const char *const types[] = { "simple", "exec", "forking", "notify",
					     "notify-reload", "idle", NULL };
	static const char *const none[] = { "", "no", "all", NULL };

	if (!str_eq(str_or(u->load_state), "loaded"))
		return reason_say(REASON_UNIT_MISSING, ret, "systemd has no such unit");
	if (u->transient)
		return reason_say(REASON_UNIT_TRANSIENT, ret,
				  "it is a transient unit (systemd-run), which the "
				  "next boot does not have: write a unit file");
	if (!is_one_of(u->type, types))
		return reason_say(REASON_UNIT_TYPE, ret,
				  "its Type= cannot be kept: a oneshot service has no "
				  "lasting process, a dbus service would lose its name on the bus");
	if (!str_empty(u->root_directory) || !str_empty(u->root_image))
		return reason_say(REASON_UNIT_ROOT, ret,
				  "it has a root of its own (RootDirectory=, RootImage=), "
				  "where CRIU cannot run");
	if (!is_one_of(u->private_pids, none))
		return reason_say(REASON_UNIT_PIDS, ret,
				  "it has its own PID namespace (PrivatePIDs=), which CRIU "
				  "cannot restore");
	if (!is_one_of(u->proc_subset, none))
		return reason_say(REASON_UNIT_PROC_SUBSET, ret,
				  "it sees only a part of /proc (ProcSubset=), with "
				  "which CRIU cannot work");
	if (u->private_network || !str_empty(u->network_namespace))
		return reason_say(REASON_UNIT_NETWORK, ret,
				  "it has a network of its own (PrivateNetwork=, "
				  "NetworkNamespacePath=), in which CRIU cannot see its connection to the journal");
	if (u->delegate)
		return reason_say(REASON_UNIT_DELEGATE, ret,
				  "it manages control groups of its own (Delegate=), "
				  "which are not kept");
	for (char **p = u->triggered_by; p && *p; p++)
		if (strstr(*p, ".socket"))
			return reason_say(REASON_UNIT_SOCKET, ret,
					  "its socket belongs to a .socket unit, and would "
					  "be bound twice");
	if (u->n_stored_fds)
		return reason_say(REASON_UNIT_STORED_FDS, ret, "systemd stores descriptors for it "
				  "(FileDescriptorStoreMax=), which get lost");
	return false;
}

/* Is it the control group of the unit, or one below? */
static bool is_in(const struct unit_info *u, const char *cgroup)
{
	const char *rest = str_after(cgroup, str_or(u->cgroup));

	return rest && (!*rest || *rest == '/');
}

/*
 * The pid was read from systemd some time ago: the process may have ended, and the pid be another
 * process's.
 */
static bool has_main_process(const struct unit_info *u)
{
	char *cgroup __cleanup(freep) = NULL;

	return proc_cgroup(u->main_pid, &cgroup) == 0 && is_in(u, cgroup);
}

bool unit_has_foreign_process(const struct unit_info *u, Pram__Process *const *procs, size_t n,
			      struct reason_told *ret)
{
	char *path __cleanup(freep) = str_printf("/sys/fs/cgroup%s/cgroup.procs", u->cgroup);
	char *text __cleanup(freep) = NULL;
	char *save = NULL;

	if (!path || read_file(path, PROCS_MAX, &text, NULL) < 0)
		return reason_say(REASON_UNIT_UNREADABLE, ret, "its control group cannot be read");
	if (!has_main_process(u))
		return reason_say(REASON_PROCESS_ENDED, ret, "its main process has ended");
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		uint32_t pid;

		if (str_pid(p, &pid) == 0 && proc_is_outside(procs, n, pid))
			return reason_say(REASON_UNIT_PROCESSES, ret,
					  "process %" PRIu32 " of it does not descend "
					  "from its main process %" PRIu32,
					  pid, u->main_pid);
	}
	return false;
}

/* A process that has ended, or is a zombie, has no namespaces to enter, and is not dumped. */
static bool is_ending(uint32_t pid)
{
	struct proc_stat st;

	return proc_stat_read(pid, &st) < 0 || st.state == 'Z' || st.state == 'X';
}

bool unit_tree_is_larger(const struct unit_info *u, Pram__Process *const *procs, size_t n,
			 struct reason_told *ret)
{
	for (size_t i = 0; i < n; i++) {
		char *cgroup __cleanup(freep) = NULL;
		const char *other;

		if (proc_cgroup(procs[i]->pid, &cgroup) < 0 || is_in(u, cgroup) ||
		    is_ending(procs[i]->pid))
			continue;
		other = strrchr(cgroup, '/');
		return reason_say(REASON_UNIT_TREE, ret,
				  "process %" PRIu32 " (%s) descends from its main process "
				  "%" PRIu32 ", but belongs to %s, and would be ended with it",
				  procs[i]->pid, str_or(procs[i]->comm), u->main_pid,
				  other && other[1] ? other + 1 : cgroup);
	}
	return false;
}

bool unit_namespaces_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret)
{
	char buf[256];

	for (size_t i = 0; i < n; i++)
		if (ns_problem(procs[i]->pid, buf, sizeof(buf)) && !is_ending(procs[i]->pid))
			return reason_say(REASON_USER_NAMESPACE, ret, "%s", buf);
	return false;
}

static bool processes_problem_once(const struct unit_info *u, const struct unit_conf *conf,
				   bool now, struct reason_told *ret)
{
	Pram__Process **procs;
	bool problem;
	size_t n;

	if (proc_tree(u->main_pid, &procs, &n) < 0)
		return reason_say(REASON_PROCESS_ENDED, ret, "its main process has ended");
	/* Namespaces first: the other checks follow paths as these processes see them. */
	problem = unit_namespaces_problem(procs, n, ret) ||
		  unit_has_foreign_process(u, procs, n, ret) ||
		  unit_tree_is_larger(u, procs, n, ret) ||
		  (u->private_users && userns_problem(procs, n, ret)) ||
		  sysv_problem(procs, n, ret) ||
		  inuse_problem(procs, n, ret) ||
		  (!conf->close_streams && unixpeers_problem(procs, n, now, ret));
	proc_tree_free(procs, n);
	return problem;
}

/* Many streams last only as long as one request, such as a query over D-Bus. */
static bool stream_lasts(const struct unit_info *u, const struct unit_conf *conf, bool now,
			 struct reason_told *ret)
{
	uint64_t end = now_usec(CLOCK_MONOTONIC) + conf->stream_wait_usec;

	while (ret->name == reasons[REASON_UNIX_PEER].name && now_usec(CLOCK_MONOTONIC) < end) {
		usleep(STREAM_LOOK_USEC);
		if (!processes_problem_once(u, conf, now, ret))
			return false;
	}
	return true;
}

/*
 * Processes start and end during the checks. Report only a problem that each of ATTEMPTS checks
 * finds.
 */
static bool processes_problem(const struct unit_info *u, const struct unit_conf *conf, bool now,
			      struct reason_told *ret)
{
	for (unsigned int i = 0; i < ATTEMPTS; i++)
		if (!processes_problem_once(u, conf, now, ret))
			return false;
	return stream_lasts(u, conf, now, ret);
}

bool unit_problem(const struct unit_info *u, const struct unit_conf *conf, bool now,
		  struct reason_told *ret)
{
	const char *bad_name = u->id ? unit_name_problem(u->id) : NULL;

	if (bad_name)
		return reason_say(REASON_UNIT_NAME, ret, "%s", bad_name);
	if (configuration_problem(u, ret))
		return true;
	if (now && unit_is_starting(u))
		return reason_say(REASON_UNIT_STARTING, ret,
				  "it is still starting: try again when it is active");
	return unit_is_active(u) && processes_problem(u, conf, now, ret);
}

const char *unit_note(const struct unit_info *u)
{
	return u->private_users ?
		       "restored, it runs in the host's user namespace until it is restarted" :
		       NULL;
}
