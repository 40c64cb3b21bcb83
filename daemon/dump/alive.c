// SPDX-License-Identifier: GPL-2.0-only
#include "dump/state.h"
#include "proc.h"

bool dump_tree_lives(const struct dump *d)
{
	return proc_same(d->manifest->root_pid, d->manifest->processes[0]->starttime);
}

/* The number of processes that are not zombies. */
size_t dump_count_alive(const struct dump *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->manifest->n_processes; i++)
		n += proc_same(d->manifest->processes[i]->pid,
			       d->manifest->processes[i]->starttime);
	return n;
}

const Pram__Process *dump_first_alive(const struct dump *d)
{
	for (size_t i = 0; i < d->manifest->n_processes; i++)
		if (proc_same(d->manifest->processes[i]->pid, d->manifest->processes[i]->starttime))
			return d->manifest->processes[i];
	return NULL;
}
