// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units in a kexec-reboot. When the processes of a unit end, systemd would start them again
 * (Restart=), run further commands (ExecStopPost=), or report a failure. So before the first dump
 * pramd marks each unit and has systemd reload. With the drop-in of the generator the unit then
 * stays active when its processes are killed, and systemd does nothing.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "criu/tool_reason.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "log.h"
#include "marks.h"
#include "pb.h"
#include "str.h"
#include "strv.h"

void kexec_free_units(struct kexec *k)
{
	for (size_t i = 0; i < k->n_units; i++) {
		free(k->units[i].name);
		unit_info_free(k->units[i].info);
	}
	free(k->units);
	k->units = NULL;
	k->n_units = 0;
}

/* --- selection ---------------------------------------------------------------------------- */

static bool may_start_fresh(const struct kexec *k, const char *name)
{
	return precheck_may_start_fresh(k->job->req->kexec, name);
}

/* Returns 1 if the unit is to be dumped, 0 if not, or a negative errno. */
static int look_at(struct kexec *k, const char *name, struct unit_info *info)
{
	struct reason_told told;
	struct unit_conf conf;
	bool problem;
	int r = unit_info_read(name, info);

	if (r < 0) {
		steps_error(&k->steps, "%s: cannot read its properties from systemd: %s", name,
			    strerror(-r));
		return r;
	}
	if (!unit_is_active(info) && !unit_is_starting(info))
		return 0;
	unit_conf_load(&k->m->conf, name, &conf);
	problem = unit_problem(info, &conf, true, &told);
	if (problem && !may_start_fresh(k, name)) {
		steps_error_named(&k->steps, told.name, "%s: %s", name, told.text);
		return -EINVAL;
	}
	if (problem)
		log_warning("%s will start afresh: %s", name, told.text);
	return !problem;
}

static int add_unit(struct kexec *k, const char *name)
{
	struct unit_info *info = calloc(1, sizeof(*info));
	struct kexec_unit *u;
	int r = info ? look_at(k, name, info) : -ENOMEM;

	if (r <= 0) {
		unit_info_free(info);
		return r;
	}
	u = realloc(k->units, (k->n_units + 1) * sizeof(*u));
	if (!u) {
		unit_info_free(info);
		return -ENOMEM;
	}
	k->units = u;
	u += k->n_units;
	*u = (struct kexec_unit){ .name = strdup(name), .info = info };
	unit_conf_load(&k->m->conf, name, &u->conf);
	k->n_units++;
	return u->name ? 0 : -ENOMEM;
}

int kexec_choose_units(void *op)
{
	struct kexec *k = op;
	struct kept_unit *units = NULL;
	size_t n = 0;
	int r = units_kept(&k->m->conf, &units, &n);

	for (size_t i = 0; i < n && !r; i++)
		r = add_unit(k, units[i].name);
	units_kept_free(units, n);
	return r < 0 ? r : STEP_DONE;
}

/* --- preparation -------------------------------------------------------------------------- */

static void on_marked(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		tool_failed(&k->steps, TOOL_RELOAD, result);
	for (size_t i = 0; i < k->n_units && !steps_failed(&k->steps); i++) {
		struct unit_info info = {};
		int r = unit_info_read(k->units[i].name, &info);

		/* systemd does not report a generator that fails, so check its effect. */
		if (r < 0 || !str_eq(str_or(info.restart), "no"))
			steps_error(&k->steps,
				    "%s: systemd did not apply pram's drop-in (Restart=no); "
				    "journalctl -t pram-generator may tell why",
				    k->units[i].name);
		unit_info_deinit(&info);
	}
	steps_done(&k->steps, STEP_DONE);
}

/* The firewall must not flush the rules that drop the packets of such trees. */
static bool any_connected_tree(const struct kexec *k)
{
	const Pram__Registry *reg = k->m->registry;

	for (size_t i = 0; i < reg->n_trees; i++)
		if (reg->trees[i]->options && reg->trees[i]->options->tcp_established)
			return true;
	return false;
}

int kexec_mark_units(void *op)
{
	struct kexec *k = op;
	int r = 0;

	for (size_t i = 0; i < k->n_units && !r; i++)
		r = mark_set(MARK_LEAVING, k->units[i].name);
	if (!r && any_connected_tree(k)) {
		k->guarded = true;
		r = mark_set(MARK_GUARD, FIREWALL_UNIT);
	}
	if (r < 0)
		return r;
	if (!k->n_units && !k->guarded)
		return STEP_DONE;
	steps_progress(&k->steps, "preparing the units", 0, 0);
	return kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_marked);
}

/* --- units that start afresh --------------------------------------------------------------- */

static void on_others_left(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		tool_failed(&k->steps, TOOL_RELOAD, result);
	steps_done(&k->steps, STEP_DONE);
}

int kexec_unmark_fresh_units(void *op)
{
	struct kexec *k = op;
	bool any = false;

	for (size_t i = 0; i < k->n_units; i++) {
		if (!k->units[i].fresh)
			continue;
		mark_clear(MARK_LEAVING, k->units[i].name);
		any = true;
	}
	return any ? kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_others_left) :
		     STEP_DONE;
}
