// SPDX-License-Identifier: GPL-2.0-only
/* Checks of a kexec-reboot: registered trees and enabled units, and the memory that they need. */
#include <inttypes.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/dump.h"
#include "reboot/precheck.h"
#include "unit/enable.h"
#include "name.h"
#include "pb.h"
#include "proc.h"
#include "str.h"

#define META_PER_MILLE 2	/* PRAM's metadata, relative to the memory that is kept */
#define IMAGES_PER_PROCESS (4ULL << 20)	/* CRIU's images without memory, an upper estimate */
#define MOVED_SHARE 32		/* 1/32 of the moved memory is copied or becomes metadata */

static void check_tree(struct manager *m, const Pram__Tree *t, uint32_t client_pid,
		       Pram__KexecReport *rep)
{
	const struct dump_candidate candidate = {
		.pid = t->pid,
		.starttime = t->starttime,
		.client_pid = client_pid,
	};
	struct reason_told told;

	if (ckpt_find(m, t->name)) {
		precheck_add(rep, "tree", false,
			     "%s: there is a checkpoint of that name: restore or remove it",
			     t->name);
		return;
	}
	if (dump_problem(m, &candidate, &told)) {
		precheck_add(rep, "tree", false, "%s: %s", t->name, told.text);
		precheck_set_reason(rep, told.name);
	} else {
		precheck_add(rep, "tree", true, "%s: process %" PRIu32 " can be kept", t->name,
			     t->pid);
	}
}

bool precheck_may_start_fresh(const Pram__KexecRequest *req, const char *name)
{
	return pb_has_str(req->n_allow_fresh, req->allow_fresh, name);
}

/* The unit's main process as a tree for the report, or NULL. */
static Pram__Tree *check_unit(struct manager *m, const Pram__KexecRequest *req,
			      const Pram__UnitStatus *u, Pram__KexecReport *rep)
{
	Pram__Tree t = PRAM__TREE__INIT;
	struct proc_stat st;

	if (is_slice_name(u->name)) {
		precheck_add(rep, "unit", true, "%s: %s", u->name, str_or(u->note));
	} else if (ckpt_find(m, u->name)) {
		precheck_add(rep, "unit", false,
			     "%s: there is a checkpoint of that name: start the service, "
			     "which restores it, or remove the checkpoint",
			     u->name);
	} else if (!u->main_pid || proc_stat_read(u->main_pid, &st) < 0) {
		/* The reboot skips it, so what is wrong with it does not matter. */
		precheck_add(rep, "unit", true, "%s: not running, so there is nothing to keep",
			     u->name);
	} else if (u->problem && !precheck_may_start_fresh(req, u->name)) {
		precheck_add(rep, "unit", false, "%s: %s", u->name, u->problem);
		precheck_set_reason(rep, u->reason);
	} else if (u->problem) {
		precheck_add(rep, "unit", true,
			     "%s: will start afresh, since it cannot be kept: %s", u->name,
			     u->problem);
	} else {
		precheck_add(rep, "unit", true, "%s: process %" PRIu32 " can be kept", u->name,
			     u->main_pid);
		t.name = u->name;
		pb_set(&t, pid, u->main_pid);
		pb_set(&t, starttime, st.starttime);
		return registry_message(&t);
	}
	return NULL;
}

/* All trees are dumped at the same time, so their needs add up. */
static uint64_t need_of(const struct manager *m, const Pram__Tree *t)
{
	/* With the plugin, only a small part of the memory is copied. */
	uint64_t need = t->rss_bytes / (m->conf.criu_lib[0] ? MOVED_SHARE : 1) +
			t->processes * IMAGES_PER_PROCESS;

	return need + need * META_PER_MILLE / 1000;
}

/* A name of --allow-fresh that is not enabled is probably a typing error. */
static void check_allowed(const Pram__KexecRequest *req, Pram__UnitStatus *const *units, size_t n,
			  Pram__KexecReport *rep)
{
	for (size_t i = 0; i < req->n_allow_fresh; i++) {
		bool found = false;

		for (size_t k = 0; k < n && !found; k++)
			found = str_eq(units[k]->name, req->allow_fresh[i]);
		if (!found)
			precheck_add(rep, "unit", false,
				     "--allow-fresh %s: this service is not enabled. Correct "
				     "the name, or leave the option out",
				     req->allow_fresh[i]);
	}
}

static uint64_t check_units(struct manager *m, const Pram__KexecRequest *req,
			    Pram__KexecReport *rep)
{
	Pram__UnitStatus **units = NULL;
	uint64_t need = 0;
	size_t n = 0;

	units_status(m, &n, &units);
	check_allowed(req, units, n, rep);
	for (size_t i = 0; i < n; i++) {
		Pram__Tree *msg = check_unit(m, req, units[i], rep);

		if (msg) {
			need += need_of(m, msg);
			pb_append_msg(&rep->n_trees, &rep->trees, msg);
		}
		pb_free(units[i]);
	}
	free(units);
	return need;
}

uint64_t precheck_trees(struct manager *m, const Pram__KexecRequest *req, uint32_t client_pid,
			Pram__KexecReport *rep)
{
	uint64_t need = 0;

	for (size_t i = 0; i < m->registry->n_trees; i++) {
		const Pram__Tree *t = m->registry->trees[i];
		Pram__Tree *msg = registry_message(t);

		check_tree(m, t, client_pid, rep);
		if (!msg)
			continue;
		need += need_of(m, msg);
		pb_append_msg(&rep->n_trees, &rep->trees, msg);
	}
	return need + check_units(m, req, rep);
}
