// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units in a kexec-reboot. When the processes of a unit end, systemd would start them again
 * (Restart=), run further commands (ExecStopPost=), or report a failure. So before the first dump
 * pramd marks each unit and has systemd reload. The drop-in of the generator then makes an end by
 * SIGKILL a success and switches the other reactions off.
 *
 * After that the units are dumped, while the reboot can still be called off. The unit that was
 * started last is the first, since it may depend on others.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "criu/command.h"
#include "criu/tool_reason.h"
#include "dump/dump.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "log.h"
#include "marks.h"
#include "pb.h"
#include "str.h"

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
	const char *problem;
	char buf[256];
	int r = unit_info_read(name, info);

	if (r < 0) {
		steps_error(&k->steps, "%s: cannot read its properties from systemd: %s", name,
			    strerror(-r));
		return r;
	}
	if (!unit_is_active(info) && !unit_is_starting(info))
		return 0;
	problem = unit_problem(info, true, buf, sizeof(buf));
	if (problem && !may_start_fresh(k, name)) {
		steps_error(&k->steps, "%s: %s", name, problem);
		return -EINVAL;
	}
	if (problem)
		log_warning("%s will start afresh: %s", name, problem);
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
	return u->name ? mark_set(MARK_LEAVING, name) : -ENOMEM;
}

static int later_first(const void *a, const void *b)
{
	uint64_t x = ((const struct kexec_unit *)a)->info->started_usec;
	uint64_t y = ((const struct kexec_unit *)b)->info->started_usec;

	return x < y ? 1 : -(x > y);
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
			steps_error(&k->steps, "%s: systemd did not apply the drop-in (Restart=no)",
				    k->units[i].name);
		unit_info_deinit(&info);
	}
	steps_done(&k->steps, STEP_DONE);
}

int kexec_mark_units(void *op)
{
	struct kexec *k = op;
	struct kept_unit *units = NULL;
	size_t n = 0;
	int r = units_kept(&k->m->conf, &units, &n);

	for (size_t i = 0; i < n && !r; i++)
		r = add_unit(k, units[i].name);
	units_kept_free(units, n);
	if (r < 0)
		return r;
	if (!k->n_units)
		return STEP_DONE;
	qsort(k->units, k->n_units, sizeof(*k->units), later_first);
	steps_progress(&k->steps, "preparing the units", 0, 0);
	return kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_marked);
}

/* --- the dumps ---------------------------------------------------------------------------- */

static void on_dumped(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;
	struct kexec_unit *u = &k->units[k->next_unit++];
	const struct ckpt *c = ckpt_find(k->m, u->name);

	job_add_item(k->job, outcome);
	/*
	 * A dump can fail after the processes have ended. It is kept nevertheless, to be restored.
	 */
	u->dumped = c && c->state == CKPT_READY;
	u->fresh = !u->dumped && may_start_fresh(k, u->name);
	if (u->fresh) {
		log_warning("%s will start afresh: %s", u->name, str_or(outcome->message));
	} else if (outcome->code) {
		steps_error_named(&k->steps, outcome->reason, "%s: %s", outcome->name, outcome->message);
		if (outcome->log)
			pb_str(&k->job->result->log, outcome->log);
	}
	steps_done(&k->steps, STEP_AGAIN);
}

/* Starts the dump of the next unit. */
int kexec_dump_units(void *op)
{
	struct kexec *k = op;
	Pram__Options options = PRAM__OPTIONS__INIT;
	struct kexec_unit *u;
	struct dump_args args;

	if (k->next_unit == k->n_units)
		return STEP_DONE;
	u = &k->units[k->next_unit];
	if (u->conf.tcp_established)
		pb_set(&options, tcp_established, true);
	else
		pb_set(&options, tcp_close, true);
	args = (struct dump_args){
		.name = u->name,
		.pid = u->info->main_pid,
		.options = &options,
		.unit = u->info,
		.unit_conf = &u->conf,
	};
	u->info = NULL;
	dump_start(k->job, &args, on_dumped, k);
	return STEP_WAIT;
}

static void on_others_left(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		log_error("systemctl daemon-reload: %s", result->output);
	steps_done(&k->steps, STEP_DONE);
}

int kexec_leave_others(void *op)
{
	struct kexec *k = op;
	bool any = false;

	for (size_t i = 0; i < k->n_units; i++) {
		if (!k->units[i].fresh)
			continue;
		mark_clear(MARK_LEAVING, k->units[i].name);
		any = true;
	}
	return any ? kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_others_left) : STEP_DONE;
}
