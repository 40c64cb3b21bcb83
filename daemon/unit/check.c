// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reasons to refuse a unit. Checked when it is enabled, and again before each kexec. Those in
 * its configuration are in check_config.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "unit/check.h"
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
#define SETTLE_LOOK_USEC 50000

bool unit_is_active(const struct unit_info *u)
{
	return u->main_pid && (str_eq(str_or(u->active_state), "active") ||
			       str_eq(str_or(u->active_state), "reloading"));
}

bool unit_is_starting(const struct unit_info *u)
{
	return u->main_pid && str_eq(str_or(u->active_state), "activating");
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

bool unit_tree_is_larger(const struct unit_info *u, Pram__Process *const *procs, size_t n,
			 struct reason_told *ret)
{
	for (size_t i = 0; i < n; i++) {
		char *cgroup __cleanup(freep) = NULL;
		const char *other;

		if (proc_cgroup(procs[i]->pid, &cgroup) < 0 || is_in(u, cgroup) ||
		    proc_is_ending(procs[i]->pid))
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
		if (ns_problem(procs[i]->pid, buf, sizeof(buf)) && !proc_is_ending(procs[i]->pid))
			return reason_say(REASON_USER_NAMESPACE, ret, "%s", buf);
	return false;
}

/* Returns false if there is nothing more to look for. */
static bool processes_once(const struct unit_info *u, const struct unit_conf *conf, bool now,
			   struct unit_problems *p)
{
	Pram__Process **procs;
	bool full;
	size_t n;

	if (proc_tree(u->main_pid, &procs, &n) < 0)
		return !unit_problem_add(p, reason_say(REASON_PROCESS_ENDED, unit_problem_next(p),
						       "its main process has ended"));
	/* Namespaces first: the other checks follow paths as these processes see them. */
	if (unit_namespaces_problem(procs, n, unit_problem_next(p))) {
		unit_problem_add(p, true);
		proc_tree_free(procs, n);
		return false;
	}
#define LOOK(check) unit_problem_add(p, check)
#define TOLD unit_problem_next(p)
	full = LOOK(unit_has_foreign_process(u, procs, n, TOLD)) ||
	       LOOK(unit_tree_is_larger(u, procs, n, TOLD)) ||
	       LOOK(u->private_users && userns_problem(procs, n, TOLD)) ||
	       LOOK(sysv_problem(procs, n, TOLD)) ||
	       LOOK(inuse_problem(procs, n, TOLD)) ||
	       LOOK(!conf->close_streams && unixpeers_problem(procs, n, now, TOLD));
#undef LOOK
#undef TOLD
	proc_tree_free(procs, n);
	return !full;
}

/* Do all problems end by themselves, perhaps? */
static bool may_settle(const struct unit_problems *p, size_t from)
{
	static const enum reason_id ids[] = { REASON_UNIX_PEER, REASON_UNIT_PROCESSES };

	for (size_t i = from; i < p->n; i++)
		if (p->told[i].name != reasons[ids[0]].name &&
		    p->told[i].name != reasons[ids[1]].name)
			return false;
	return p->n > from;
}

/*
 * Processes start and end during the checks. So what counts is the last of ATTEMPTS, unless one
 * finds nothing. Many streams last only as long as one request, such as a query over D-Bus, and
 * processes of ExecStartPost= or a helper's end soon: these are waited for.
 */
static void check_processes(const struct unit_info *u, const struct unit_conf *conf, bool now,
			    struct unit_problems *p)
{
	uint64_t end = now_usec(CLOCK_MONOTONIC) + conf->settle_usec;
	const size_t before = p->n;

	for (unsigned int i = 0; i < ATTEMPTS && (!i || p->n > before); i++) {
		p->n = before;
		processes_once(u, conf, now, p);
	}
	while (may_settle(p, before) && now_usec(CLOCK_MONOTONIC) < end) {
		usleep(SETTLE_LOOK_USEC);
		p->n = before;
		processes_once(u, conf, now, p);
	}
}

static void look(const struct unit_info *u, const struct unit_conf *conf, bool now,
		 struct unit_problems *p)
{
	const char *bad_name = u->id ? unit_name_problem(u->id) : NULL;

	if (bad_name) {
		unit_problem_add(p, reason_say(REASON_UNIT_NAME, unit_problem_next(p), "%s",
					       bad_name));
		return;
	}
	if (!unit_check_config(u, p))
		return;
	if (now && unit_is_starting(u) &&
	    unit_problem_add(p, reason_say(REASON_UNIT_STARTING, unit_problem_next(p),
					   "it is still starting: try again when it is active")))
		return;
	if (unit_is_active(u))
		check_processes(u, conf, now, p);
}

bool unit_problem(const struct unit_info *u, const struct unit_conf *conf, bool now,
		  struct reason_told *ret)
{
	struct unit_problems p = { .told = ret, .max = 1 };

	look(u, conf, now, &p);
	return p.n;
}

size_t unit_problems(const struct unit_info *u, const struct unit_conf *conf,
		     struct reason_told *ret, size_t max)
{
	struct unit_problems p = { .told = ret, .max = max };

	look(u, conf, false, &p);
	return p.n;
}

const char *unit_note(const struct unit_info *u)
{
	return u->private_users ?
		       "restored, it runs in the host's user namespace until it is restarted" :
		       NULL;
}
