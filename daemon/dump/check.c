// SPDX-License-Identifier: GPL-2.0-only
/* Refuses processes that cannot be dumped, before anything is changed. */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "criu/version.h"
#include "dump/dump.h"
#include "dump/state.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "name.h"
#include "praminfo.h"
#include "proc.h"
#include "str.h"

/* Two dumps at the same time must not meet in one process. */
static bool nested_problem(const struct manager *m, const struct dump_candidate *c,
			   struct reason_told *ret)
{
	for (size_t i = 0; i < m->registry->n_trees; i++) {
		const Pram__Tree *t = m->registry->trees[i];

		if (!proc_same(t->pid, t->starttime) || (t->pid == c->pid && !c->anew))
			continue;
		if (t->pid == c->pid)
			return reason_say(REASON_PROCESS_REGISTERED, ret,
					  "process %" PRIu32 " is registered "
					  "already, as %s",
					  c->pid, t->name);
		if (proc_is_ancestor(t->pid, c->pid))
			return reason_say(REASON_PROCESS_REGISTERED, ret,
					  "process %" PRIu32 " belongs to the "
					  "registered tree %s",
					  c->pid, t->name);
		if (proc_is_ancestor(c->pid, t->pid))
			return reason_say(REASON_PROCESS_REGISTERED, ret,
					  "the registered tree %s is a part of the "
					  "tree of process %" PRIu32,
					  t->name, c->pid);
	}
	return false;
}

/*
 * The first service in the path of a control group, or NULL. The path is cut after it. For a
 * process of a user's own services that is the user's service manager.
 */
static const char *cgroup_service(char *cgroup)
{
	for (char *p = cgroup; *p == '/'; ) {
		char *name = p + 1;
		char *end = strchrnul(name, '/');
		bool last = !*end;

		*end = 0;
		if (end - name > 8 && str_eq(end - 8, ".service"))
			return name;
		*end = last ? 0 : '/';
		p = end;
	}
	return NULL;
}

static bool is_kept_unit(const struct manager *m, const char *name)
{
	struct kept_unit *units = NULL;
	bool found = false;
	size_t n = 0;

	if (units_kept(&m->conf, &units, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		found |= str_eq(units[i].name, name);
	units_kept_free(units, n);
	return found;
}

/*
 * systemd would take the end of a service's main process for the end of the service. Other
 * processes of a service may be kept, unless the service itself is.
 */
static bool service_problem(const struct manager *m, uint32_t pid, struct reason_told *ret)
{
	char *cgroup __cleanup(freep) = NULL;
	struct unit_info info = {};
	bool problem = false;
	const char *unit;

	if (proc_cgroup(pid, &cgroup) < 0)
		return false;
	unit = cgroup_service(cgroup);
	if (!unit)
		return false;
	if (unit_info_read(unit, &info) == 0 && info.main_pid == pid)
		problem = reason_say(REASON_PROCESS_OF_SERVICE, ret,
				     "process %" PRIu32 " is the main process of "
				     "%s: use pramctl enable",
				     pid, unit);
	else if (is_kept_unit(m, unit))
		problem = reason_say(REASON_PROCESS_OF_SERVICE, ret,
				     "process %" PRIu32 " belongs to %s, which is "
				     "enabled",
				     pid, unit);
	unit_info_deinit(&info);
	return problem;
}

/* Reasons that concern the process alone. */
static bool process_problem(const struct dump_candidate *c, struct reason_told *ret)
{
	const uint32_t pid = c->pid;
	struct proc_stat st;
	const char *what;

	if (proc_stat_read(pid, &st) < 0)
		return reason_say(REASON_PROCESS_MISSING, ret, "there is no process %" PRIu32, pid);
	if (c->starttime && st.starttime != c->starttime)
		return reason_say(REASON_PROCESS_MISSING, ret,
				  "process %" PRIu32 " has ended, and its PID now "
				  "belongs to another process",
				  pid);
	if (st.flags & PROC_PF_KTHREAD)
		what = "is a kernel thread";
	else if (pid == 1)
		what = "cannot be kept";
	else if (st.state == 'Z' || st.state == 'X')
		what = "is a zombie";
	else if (proc_is_ancestor(pid, (uint32_t)getpid()))
		what = "is pramd or one of its ancestors";
	else if (c->client_pid && proc_is_ancestor(pid, c->client_pid))
		what = "is the caller or one of its ancestors";
	else
		return false;
	return reason_say(REASON_PROCESS_UNSUITABLE, ret, "process %" PRIu32 " (%s) %s", pid,
			  st.comm, what);
}

/*
 * A process that runs on gets a copy of its memory. The kernel kills it if there is no room for
 * that.
 */
static bool copy_problem(uint32_t pid, struct reason_told *ret)
{
	uint64_t need = 0, available = proc_mem_available();
	Pram__Process **procs = NULL;
	size_t n = 0;

	if (!available || proc_tree(pid, &procs, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++)
		need += proc_rss(procs[i]->pid);
	proc_tree_free(procs, n);
	if (need <= available)
		return false;
	return reason_say(REASON_COPY_MEMORY, ret,
			  "the processes would run on with a copy of their memory, "
			  "%" PRIu64 " MiB, and %" PRIu64 " MiB are available",
			  need >> 20, available >> 20);
}

bool dump_problem(const struct manager *m, const struct dump_candidate *c, struct reason_told *ret)
{
	return process_problem(c, ret) || nested_problem(m, c, ret) ||
	       (!c->unit && service_problem(m, c->pid, ret)) ||
	       (c->runs_on && copy_problem(c->pid, ret));
}

int dump_check(void *op)
{
	struct dump *d = op;
	const struct dump_candidate candidate = {
		.pid = d->pid,
		.starttime = d->starttime,
		.client_pid = d->job->client_pid,
		.runs_on = d->options && d->options->leave_running,
		.unit = d->unit != NULL,
	};
	const char *problem = name_problem(d->name);
	struct reason_told told;

	if (problem)
		return steps_refuse(&d->steps, PRAM__CODE__CODE_REFUSED, "%s", problem);
	if (d->m->dev < 0)
		return steps_refuse(&d->steps, PRAM__CODE__CODE_NO_PRAM, "%s",
				    praminfo_problem(d->m->dev));
	if (ckpt_find(d->m, d->name))
		return steps_refuse(&d->steps, PRAM__CODE__CODE_EXISTS,
				    "there is a checkpoint %s already: restore or remove it, or choose another name",
				    d->name);
	if (d->unit && !d->m->conf.criu_lib[0])
		return steps_refuse(&d->steps, PRAM__CODE__CODE_REFUSED,
				    "a service cannot be kept without CRIU's plugin: set CriuLib= in %s",
				    d->m->conf.file);
	if (criu_version_problem(d->m->criu_version, &told) ||
	    dump_problem(d->m, &candidate, &told))
		return steps_refuse_told(&d->steps, PRAM__CODE__CODE_REFUSED, &told);
	return STEP_DONE;
}
