// SPDX-License-Identifier: GPL-2.0-only
/*
 * Units in a kexec-reboot. That a unit's processes end is for systemd to act upon: it would
 * start them again (Restart=), run what follows (ExecStopPost=), call it a failure. So before
 * the first dump each unit is marked, systemd reloads, and the generator's drop-in says
 * that an end by SIGKILL is a good end and nothing follows. Only then, and while the machine
 * can still stay up, units are dumped: those first that were started last, and so may
 * depend on others.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "criu/command.h"
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

/* --- which -------------------------------------------------------------------------------- */

static bool may_start_fresh(const struct kexec *k, const char *name)
{
	return precheck_may_start_fresh(k->job->req->kexec, name);
}

/* 1: it is one to be dumped, 0: it is not. */
static int look_at(struct kexec *k, const char *name, struct unit_info *info)
{
	const char *problem;
	char buf[256];
	int r = unit_info_read(name, info);

	if (r < 0) {
		kexec_error(k, "%s: systemd cannot be asked: %s", name, strerror(-r));
		return r;
	}
	if (!unit_is_active(info) && !unit_is_starting(info))
		return 0;
	problem = unit_problem(info, true, buf, sizeof(buf));
	if (problem && !may_start_fresh(k, name)) {
		kexec_error(k, "%s: %s", name, problem);
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

/* --- before ------------------------------------------------------------------------------- */

static void on_prepared(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		kexec_error(k, "systemctl daemon-reload failed: %.*s", kexec_first_line(result),
			    result->output);
	for (size_t i = 0; i < k->n_units && !k->error; i++) {
		struct unit_info info = {};
		int r = unit_info_read(k->units[i].name, &info);

		/* The generator may have failed, without a word to us. */
		if (r < 0 || !str_eq(str_or(info.restart), "no"))
			kexec_error(k, "%s: systemd does not let go of it", k->units[i].name);
		unit_info_deinit(&info);
	}
	job_next(k->job, k->error ? kexec_roll_back : kexec_dump_next, k);
}

void kexec_prepare_units(struct kexec *k)
{
	struct kept_unit *units = NULL;
	size_t n = 0;
	int r = units_kept(&k->m->conf, &units, &n);

	for (size_t i = 0; i < n && !r; i++)
		r = add_unit(k, units[i].name);
	units_kept_free(units, n);
	if (r < 0) {
		kexec_error(k, "cannot prepare the units: %s", strerror(-r));
		job_next(k->job, kexec_roll_back, k);
	} else if (!k->n_units) {
		kexec_dump_next(k);
	} else {
		qsort(k->units, k->n_units, sizeof(*k->units), later_first);
		job_progress(k->job, NULL, "preparing the units", 0, 0);
		kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_prepared);
	}
}

bool kexec_dump_unit(struct kexec *k, outcome_t done)
{
	struct kexec_unit *u = k->units + k->next_unit;
	Pram__Options options = PRAM__OPTIONS__INIT;
	struct dump_args args;

	if (k->next_unit == k->n_units)
		return false;
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
	dump_start(k->job, &args, done, k);
	return true;
}

bool kexec_unit_dumped(struct kexec *k, const struct outcome *outcome)
{
	struct kexec_unit *u = &k->units[k->next_unit++];
	const struct ckpt *c = ckpt_find(k->m, u->name);

	/* A dump that failed after its end is kept nevertheless, and has to be restored. */
	u->dumped = c && c->state == CKPT_READY;
	u->fresh = !u->dumped && may_start_fresh(k, u->name);
	if (u->fresh)
		log_warning("%s will start afresh: %s", u->name, str_or(outcome->message));
	return !outcome->code || u->fresh;
}

static void on_others_left(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		log_error("systemctl daemon-reload: %s", result->output);
	job_next(k->job, k->units_next, k);
}

void kexec_leave_others(struct kexec *k, job_step_t next)
{
	bool any = false;

	for (size_t i = 0; i < k->n_units; i++) {
		if (!k->units[i].fresh)
			continue;
		mark_clear(MARK_LEAVING, k->units[i].name);
		any = true;
	}
	k->units_next = next;
	if (any)
		kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_others_left);
	else
		next(k);
}

/* --- the way back ------------------------------------------------------------------------- */

/* What could not be restored keeps its mark: `systemctl start` is to try again, not to start it afresh. */
static void clear_marks(const struct kexec *k)
{
	for (size_t i = 0; i < k->n_units; i++)
		if (!ckpt_find(k->m, k->units[i].name))
			mark_clear(MARK_RESTORE, k->units[i].name);
}

static void finish(struct kexec *k)
{
	job_step_t next = k->units_next;

	clear_marks(k);
	kexec_free_units(k);
	job_next(k->job, next, k);
}

static void on_all_done(void *userdata, const struct spawn_result *result)
{
	if (result->status)
		log_error("systemctl daemon-reload: %s", result->output);
	finish(userdata);
}

static void on_started(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status) {
		log_error("systemctl start: %s", result->output);
		k->lost++;
	}
	clear_marks(k);
	kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_all_done);
}

static char **start_argv(const struct kexec *k)
{
	char **v = NULL;
	size_t n = 0;
	int r = pb_append_str(&n, &v, "systemctl");

	if (!r)
		r = pb_append_str(&n, &v, "start");
	for (size_t i = 0; !r && i < k->n_units; i++)
		if (k->units[i].dumped)
			r = pb_append_str(&n, &v, k->units[i].name);
	return strv_end(v, n, r);
}

static bool any_dumped(const struct kexec *k)
{
	for (size_t i = 0; i < k->n_units; i++)
		if (k->units[i].dumped)
			return true;
	return false;
}

/* One may wait for another; and there is more to do than CRIU's part. */
static uint64_t restore_time(const struct kexec *k)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < k->n_units; i++)
		sum += 2 * k->units[i].conf.restore_timeout_usec;
	return sum;
}

static void on_marked(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		log_error("systemctl daemon-reload: %s", result->output);
	if (any_dumped(k))
		kexec_run_for(k, start_argv(k), restore_time(k), on_started);
	else
		finish(k);
}

void kexec_restore_units(struct kexec *k, job_step_t next)
{
	k->units_next = next;
	if (k->units_tried) {	/* systemctl cannot even be run */
		k->lost += any_dumped(k);
		finish(k);
		return;
	}
	k->units_tried = true;
	for (size_t i = 0; i < k->n_units; i++) {
		mark_clear(MARK_LEAVING, k->units[i].name);
		if (k->units[i].dumped && mark_set(MARK_RESTORE, k->units[i].name) < 0)
			log_error("%s cannot be marked to be restored", k->units[i].name);
	}
	kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_marked);
}
