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
#include "unit/conf.h"
#include "unit/enable.h"
#include "unit/info.h"
#include "name.h"
#include "pb.h"
#include "str.h"

/* A service or slice that the user has named. */
struct entry {
	struct units_job *u;
	char *problem;		/* why it cannot be kept, or NULL */
	const char *reason;	/* short name of that, or NULL */
	char *log;		/* CRIU's, or NULL */
	const char *note;
	char **services;	/* that it means; another entry may mean some of them, too */
	size_t n_services;
	size_t rehearsed;	/* services that were rehearsed */
	uint64_t paused_usec;	/* the longest pause of a service */
};

struct units_job {
	struct job *job;
	bool enable;
	Pram__UnitsRequest *req;
	struct entry *entries;	/* one for each name of the request */
	struct rehearsal *rehearsal;
};

static void forget_services(struct entry *e)
{
	for (size_t i = 0; i < e->n_services; i++)
		free(e->services[i]);
	free(e->services);
	e->services = NULL;
	e->n_services = 0;
}

static void units_job_free(void *priv)
{
	struct units_job *u = priv;

	for (size_t i = 0; u->entries && i < u->req->n_names; i++) {
		free(u->entries[i].problem);
		free(u->entries[i].log);
		forget_services(&u->entries[i]);
	}
	free(u->entries);
	rehearsal_free(u->rehearsal);
	free(u);
}

static void set_problem(struct entry *e, const char *service, const char *reason,
			const char *problem)
{
	const char *name = e->u->req->names[e - e->u->entries];

	if (e->problem)
		return;
	e->reason = reason;
	e->problem = str_eq(name, service) ? strdup(problem) :
					     str_printf("%s: %s", service, problem);
	if (!e->problem)
		e->problem = strdup(NO_MEMORY_FOR_REQUEST);
}

/* --- the end ------------------------------------------------------------------------------ */

static void describe(const struct units_job *u, const struct entry *e, int r, char *buf,
		     size_t size)
{
	const char *what = !u->enable	? "can be kept" :
			   r == -EEXIST ? "enabled already" :
					  "enabled";
	int len = snprintf(buf, size, "%s", what);

	if (is_slice_name(u->req->names[e - u->entries]))
		len += snprintf(buf + len, size - (size_t)len, "; %zu service%s in it now",
				e->n_services, e->n_services == 1 ? " runs" : "s run");
	if (e->note)
		len += snprintf(buf + len, size - (size_t)len, "; %s", e->note);
	if (e->rehearsed)
		snprintf(buf + len, size - (size_t)len, "; it paused for %.2f s",
			 (double)e->paused_usec / USEC_PER_SEC);
	else
		snprintf(buf + len, size - (size_t)len, "; its dump was not rehearsed%s",
			 u->req->no_rehearsal ? "" : ", since it does not run");
}

static void finish_entry(struct units_job *u, struct entry *e)
{
	Pram__Result *result = u->job->result;
	const char *name = u->req->names[e - u->entries];
	struct outcome o = { .name = name, .reason = e->reason };
	char text[512];
	int r = 0;

	if (!e->problem && u->enable)
		r = unit_enable(&u->job->m->conf, name);
	if (e->problem) {
		o.code = PRAM__CODE__CODE_REFUSED;
		o.message = e->problem;
	} else if (r < 0 && r != -EEXIST) {
		o.code = PRAM__CODE__CODE_FAILED;
		snprintf(text, sizeof(text), "its file in %s cannot be written: %s",
			 u->job->m->conf.units_dir, strerror(-r));
		o.message = text;
	} else {
		describe(u, e, r, text, sizeof(text));
		o.message = text;
	}
	job_add_item(u->job, &o);
	if (!o.code || result->code)
		return;
	pb_set(result, code, o.code);
	pb_strf(&result->message, "%s: %s", name, o.message);
	pb_str(&result->reason, o.reason);
	if (e->log)
		pb_str(&result->log, e->log);
}

static void finish(void *userdata)
{
	struct units_job *u = userdata;

	for (size_t i = 0; i < u->req->n_names; i++)
		finish_entry(u, &u->entries[i]);
	job_finish(u->job, u->job->result->code, NULL);
}

/* --- the rehearsal ------------------------------------------------------------------------ */

static bool means(const struct entry *e, const char *service)
{
	for (size_t i = 0; i < e->n_services; i++)
		if (str_eq(e->services[i], service))
			return true;
	return false;
}

static void add_result(struct entry *e, const struct outcome *o)
{
	if (o->code) {
		set_problem(e, o->name, o->reason, o->message);
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
		set_problem(e, service, NULL, NO_MEMORY_FOR_REQUEST);
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
	struct unit_info info = {};
	struct reason_told told;
	bool problem = units_check(&u->job->m->conf, service, &info, &told);

	if (problem)
		set_problem(e, service, told.name, told.text);
	else if (!e->note)
		e->note = unit_note(&info);
	if (!problem && !was_seen(e, service) && u->rehearsal && !u->req->no_rehearsal &&
	    unit_is_active(&info) && !ckpt_find(u->job->m, service))
		rehearse(e, service, &info);
	unit_info_deinit(&info);
}

static void look_at_name(struct entry *e, const char *name)
{
	struct reason_told told;

	if (units_choose(name, &e->services, &e->n_services, &told)) {
		set_problem(e, name, told.name, told.text);
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
	r = u->rehearsal ? rehearsal_run(u->rehearsal, finish, u) : STEP_DONE;
	if (r != STEP_WAIT)
		finish(u);
}

void job_check(struct job *job)
{
	start(job, job->req->check, false);
}

void job_enable(struct job *job)
{
	start(job, job->req->enable, true);
}
