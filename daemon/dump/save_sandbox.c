// SPDX-License-Identifier: GPL-2.0-only
/* Step save-sandbox: what the dump keeps of a unit's namespaces and network, and of any tree's. */
#include <errno.h>
#include <string.h>

#include "criu/inetaddrs.h"
#include "criu/inventory.h"
#include "dump/state.h"
#include "unit/info.h"
#include "unit/net_wait.h"
#include "unit/user_ns.h"
#include "proc.h"

/* CRIU binds each socket to its old address again, whether it is connected or not. */
static int save_addresses(struct dump *d)
{
	Pram__Unit *u = d->manifest->unit;
	int r = inetaddrs(d->dir, &u->addresses, &u->n_addresses);

	return r < 0 ? r : netwait_keep_local(u->addresses, &u->n_addresses);
}

static bool stopped_problem(const struct dump *d, Pram__Process *const *procs, size_t n,
			    struct reason_told *ret)
{
	return unit_has_foreign_process(d->unit, procs, n, ret) ||
	       unit_tree_is_larger(d->unit, procs, n, ret) ||
	       unit_namespaces_problem(procs, n, ret) ||
	       (d->manifest->unit->user_namespace && userns_problem(procs, n, ret));
}

/*
 * Repeats checks that were made while the unit ran: what has left the tree since would be lost.
 * Lists the processes again, because the manifest lacks those that were forked before CRIU stopped
 * the tree.
 */
static int check_stopped(struct dump *d)
{
	struct reason_told told;
	Pram__Process **procs;
	bool problem;
	size_t n;
	int r = proc_tree(d->manifest->root_pid, &procs, &n);

	if (r < 0)
		return r;
	problem = stopped_problem(d, procs, n, &told);
	if (problem)
		steps_error_told(&d->steps, &told);
	proc_tree_free(procs, n);
	return problem ? -ECHILD : 0;
}

/* Without a unit there is no sandbox. A tree that goes on keeps its connections itself. */
static int save_lock_of_tree(struct dump *d)
{
	const Pram__Options *o = d->manifest->options;
	int r = o->tcp_established && !o->leave_running ? dump_save_network_lock(d) : 0;

	return r < 0 ? r : STEP_DONE;
}

/* Needs frozen processes. If CRIU has killed them, they can no longer be examined. */
int dump_save_sandbox(void *op)
{
	struct dump *d = op;
	int r;

	if (d->criu_ended)
		return STEP_DONE;
	if (!d->unit)
		return save_lock_of_tree(d);
	r = dump_looked(d, check_stopped(d));
	if (!r && d->manifest->unit->user_namespace) {
		r = inventory_share_user_namespace(d->dir, d->manifest->root_pid);
		if (r < 0)
			steps_error(&d->steps, "CRIU's image inventory.img cannot be changed: %s",
				    strerror(-r));
	}
	if (!r && d->manifest->options->tcp_established)
		r = dump_save_network_lock(d);
	if (!r) {
		r = save_addresses(d);
		if (r < 0)
			steps_error(&d->steps, "cannot determine the addresses of its sockets: %s",
				    strerror(-r));
	}
	return r < 0 ? r : STEP_DONE;
}
