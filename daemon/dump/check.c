// SPDX-License-Identifier: GPL-2.0-only
/* Refuses processes that cannot be dumped, before anything is changed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "core/manager.h"
#include "dump/dump.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "proc.h"
#include "str.h"

/* Two dumps at the same time must not meet in one process. */
static const char *nested_problem(const struct manager *m, const struct dump_candidate *c, char *buf,
				  size_t size)
{
	for (size_t i = 0; i < m->registry->n_trees; i++) {
		const Pram__Tree *t = m->registry->trees[i];

		if (!proc_same(t->pid, t->starttime) || (t->pid == c->pid && !c->anew))
			continue;
		if (t->pid == c->pid)
			snprintf(buf, size, "process %" PRIu32 " is registered already, as %s", c->pid, t->name);
		else if (proc_is_ancestor(t->pid, c->pid))
			snprintf(buf, size, "process %" PRIu32 " belongs to the registered tree %s", c->pid,
				 t->name);
		else if (proc_is_ancestor(c->pid, t->pid))
			snprintf(buf, size, "the registered tree %s is a part of the tree of process %" PRIu32,
				 t->name, c->pid);
		else
			continue;
		return buf;
	}
	return NULL;
}

/*
 * The first service in the path of a control group, or NULL. The path is cut after it. For a process
 * of a user's own services that is the user's service manager.
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
 * processes of a service are its own business, unless the service is kept itself.
 */
static const char *service_problem(const struct manager *m, uint32_t pid, char *buf, size_t size)
{
	char *cgroup __cleanup(freep) = NULL;
	struct unit_info info = {};
	const char *problem = NULL;
	const char *unit;

	if (proc_cgroup(pid, &cgroup) < 0)
		return NULL;
	unit = cgroup_service(cgroup);
	if (!unit)
		return NULL;
	if (unit_info_read(unit, &info) == 0 && info.main_pid == pid) {
		snprintf(buf, size, "process %" PRIu32 " is the main process of %s: use pramctl enable", pid, unit);
		problem = buf;
	} else if (is_kept_unit(m, unit)) {
		snprintf(buf, size, "process %" PRIu32 " belongs to %s, which is enabled", pid, unit);
		problem = buf;
	}
	unit_info_deinit(&info);
	return problem;
}

/* Reasons that concern the process alone. */
static const char *process_problem(const struct dump_candidate *c, char *buf, size_t size)
{
	const uint32_t pid = c->pid, client_pid = c->client_pid;
	const uint64_t starttime = c->starttime;
	struct proc_stat st;

	if (proc_stat_read(pid, &st) < 0)
		snprintf(buf, size, "there is no process %" PRIu32, pid);
	else if (starttime && st.starttime != starttime)
		snprintf(buf, size,
			 "process %" PRIu32 " has ended, and another process has its pid", pid);
	else if (st.flags & PROC_PF_KTHREAD)
		snprintf(buf, size, "%" PRIu32 " (%s) is a kernel thread", pid, st.comm);
	else if (pid == 1)
		snprintf(buf, size, "process 1 (%s) cannot be kept", st.comm);
	else if (st.state == 'Z' || st.state == 'X')
		snprintf(buf, size, "%" PRIu32 " (%s) is a zombie", pid, st.comm);
	else if (proc_is_ancestor(pid, (uint32_t)getpid()))
		snprintf(buf, size, "%" PRIu32 " (%s) is pramd or one of its ancestors", pid,
			 st.comm);
	else if (client_pid && proc_is_ancestor(pid, client_pid))
		snprintf(buf, size, "%" PRIu32 " (%s) is the caller or one of its ancestors", pid,
			 st.comm);
	else
		return NULL;
	return buf;
}

const char *dump_problem(const struct manager *m, const struct dump_candidate *c, char *buf, size_t size)
{
	const char *problem = process_problem(c, buf, size);

	if (!problem)
		problem = nested_problem(m, c, buf, size);
	if (!problem && !c->unit)
		problem = service_problem(m, c->pid, buf, size);
	return problem;
}
