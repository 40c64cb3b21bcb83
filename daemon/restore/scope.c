// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdlib.h>

#include "restore/scope.h"
#include "name.h"
#include "proc.h"
#include "str.h"

bool scope_has(const Pram__Manifest *mf, uint32_t pid)
{
	char *cgroup __cleanup(freep) = NULL;
	char scope[SCOPE_NAME_SIZE];
	const char *last;

	if (proc_cgroup(pid, &cgroup) < 0)
		return false;
	scope_name(mf->name, scope);
	last = strrchr(cgroup, '/');
	return last && str_eq(group_unit(last + 1), mf->unit ? mf->unit->name : scope);
}

void scope_kill(const Pram__Manifest *mf)
{
	for (size_t i = 0; i < mf->n_processes; i++)
		if (scope_has(mf, mf->processes[i]->pid))
			kill((pid_t)mf->processes[i]->pid, SIGKILL);
}
