// SPDX-License-Identifier: GPL-2.0-only
/*
 * pramctl check and enable: what can be seen from outside is checked first, then the units that run
 * are rehearsed together, and then those that can be kept are enabled.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/job.h"
#include "core/manager.h"
#include "core/server.h"
#include "core/steps.h"
#include "dump/dump.h"
#include "dump/rehearsal.h"
#include "pramd/request_units.h"
#include "pramd/units_job.h"
#include "unit/conf.h"
#include "unit/enable.h"
#include "unit/info.h"
#include "name.h"
#include "pb.h"
#include "str.h"

static void forget_services(struct entry *e)
{
	for (size_t i = 0; i < e->n_services; i++)
		free(e->services[i]);
	free(e->services);
	e->services = NULL;
	e->n_services = 0;
}

static void forget_problems(struct entry *e)
{
	for (size_t i = 0; i < e->n_problems; i++)
		free(e->problems[i].text);
	free(e->problems);
}

static void units_job_free(void *priv)
{
	struct units_job *u = priv;

	for (size_t i = 0; u->entries && i < u->req->n_names; i++) {
		forget_problems(&u->entries[i]);
		free(u->entries[i].log);
		forget_services(&u->entries[i]);
	}
	free(u->entries);
	rehearsal_free(u->rehearsal);
	free(u);
}

static void add_problem(struct entry *e, const char *service, const char *reason,
			const char *text)
{
	const char *name = e->u->req->names[e - e->u->entries];
	struct problem *v = realloc(e->problems, (e->n_problems + 1) * sizeof(*v));

	/* Without memory, too, the entry must not count as one that can be kept. */
	if (!v) {
		e->failed = true;
		return;
	}
	e->problems = v;
	v += e->n_problems++;
	v->reason = reason;
	v->text = str_eq(name, service) ? strdup(text) : str_printf("%s: %s", service, text);
}

/* --- the rehearsal ------------------------------------------------------------------------ */

static bool means(const struct entry *e, const char *service)
{
	return pb_has_str(e->n_services, e->services, service);
}

static void add_result(struct entry *e, const struct outcome *o)
{
	if (o->code) {
		add_problem(e, o->name, o->reason, o->message);
		if (o->log && !e->log)
			e->log = strdup(o->log);
		return;
	}
	e->rehearsed++;
	if (o->frozen_usec > e->paused_usec)
		e->paused_usec = o->frozen_usec;
}

/* The result is that of each entry that means the service. */
static void on_rehearsed(void *userdata, const struct outcome *o)
{
	struct units_job *u = userdata;

	for (size_t i = 0; i < u->req->n_names; i++)
		if (means(&u->entries[i], o->name))
			add_result(&u->entries[i], o);
}

static void rehearse(struct entry *e, const char *service, struct unit_info *info)
{
	struct manager *m = e->u->job->m;
	struct unit_info *own = malloc(sizeof(*own));
	Pram__Options options;
	struct dump_args args;
	struct unit_conf conf;

	if (!own) {
		add_problem(e, service, NULL, NO_MEMORY_FOR_REQUEST);
		return;
	}
	*own = *info;
	*info = (struct unit_info){};
	unit_conf_load(&m->conf, service, &conf);
	dump_args_of_unit(&args, &options, service, own, &conf);
	rehearsal_add(e->u->rehearsal, &args, on_rehearsed, e->u);
}

/* Is it the service of an earlier entry, too? Then it is rehearsed there. */
static bool was_seen(const struct entry *e, const char *service)
{
	for (const struct entry *other = e->u->entries; other < e; other++)
		if (means(other, service))
			return true;
	return false;
}

/* Checks one service, and has it rehearsed if it runs. */
static void look_at(struct entry *e, const char *service)
{
	struct units_job *u = e->u;
	struct reason_told told[UNIT_PROBLEMS];
	struct unit_info info = {};
	size_t n = units_check(&u->job->m->conf, service, &info, told);

	for (size_t i = 0; i < n; i++)
		add_problem(e, service, told[i].name, told[i].text);
	if (!n && !e->note)
		e->note = unit_note(&info);
	if (!n && !was_seen(e, service) && u->rehearsal && !u->req->no_rehearsal &&
	    unit_is_active(&info) && !ckpt_find(u->job->m, service))
		rehearse(e, service, &info);
	unit_info_deinit(&info);
}

static void look_at_name(struct entry *e, const char *name)
{
	struct reason_told told;

	if (units_choose(name, &e->services, &e->n_services, &told)) {
		add_problem(e, name, told.name, told.text);
		forget_services(e);	/* none is looked at */
	}
	for (size_t i = 0; i < e->n_services; i++)
		look_at(e, e->services[i]);
}

static void start(struct job *job, Pram__UnitsRequest *req, bool enable)
{
	struct units_job *u = calloc(1, sizeof(*u));
	int r;

	if (u) {
		job->priv = u;
		job->free_priv = units_job_free;
		u->job = job;
		u->enable = enable;
		u->req = req;
		u->entries = calloc(req->n_names + 1, sizeof(*u->entries));
		/* Without PRAM and the plugin, units can be enabled, but not be kept. */
		u->rehearsal = job->m->dev >= 0 && job->m->conf.criu_lib[0] ? rehearsal_new(job) :
									      NULL;
	}
	if (!u || !u->entries) {
		job_finish(job, PRAM__CODE__CODE_FAILED, NO_MEMORY_FOR_REQUEST);
		return;
	}
	for (size_t i = 0; i < req->n_names; i++) {
		u->entries[i].u = u;
		look_at_name(&u->entries[i], req->names[i]);
	}
	r = u->rehearsal ? rehearsal_run(u->rehearsal, units_job_finish, u) : STEP_DONE;
	if (r != STEP_WAIT)
		units_job_finish(u);
}

void job_check(struct job *job)
{
	start(job, job->req->check, false);
}

void job_enable(struct job *job)
{
	start(job, job->req->enable, true);
}
