// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "core/job.h"
#include "core/manager.h"
#include "core/server.h"
#include "pramd/units_job.h"
#include "unit/conf.h"
#include "name.h"
#include "pb.h"
#include "str.h"

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

/* The first item that failed is also the result of the request. */
static void add_item(struct units_job *u, const struct entry *e, const struct outcome *o)
{
	Pram__Result *result = u->job->result;

	job_add_item(u->job, o);
	if (!o->code || result->code)
		return;
	pb_set(result, code, o->code);
	pb_strf(&result->message, "%s: %s", o->name, o->message);
	pb_str(&result->reason, o->reason);
	if (e->log)
		pb_str(&result->log, e->log);
}

static void finish_refused(struct units_job *u, const struct entry *e, const char *name)
{
	struct outcome o = { .name = name, .code = PRAM__CODE__CODE_REFUSED };

	for (size_t i = 0; i < e->n_problems; i++) {
		o.message = e->problems[i].text ? e->problems[i].text : NO_MEMORY_FOR_REQUEST;
		o.reason = e->problems[i].reason;
		add_item(u, e, &o);
	}
	if (e->failed) {
		o.code = PRAM__CODE__CODE_FAILED;
		o.message = NO_MEMORY_FOR_REQUEST;
		o.reason = NULL;
		add_item(u, e, &o);
	}
}

static void finish_entry(struct units_job *u, struct entry *e)
{
	const char *name = u->req->names[e - u->entries];
	struct outcome o = { .name = name };
	char text[512];
	int r = 0;

	if (e->n_problems || e->failed) {
		finish_refused(u, e, name);
		return;
	}
	if (u->enable)
		r = unit_enable(&u->job->m->conf, name);
	if (r < 0 && r != -EEXIST) {
		o.code = PRAM__CODE__CODE_FAILED;
		snprintf(text, sizeof(text), "its file in %s cannot be written: %s",
			 u->job->m->conf.units_dir, strerror(-r));
	} else {
		describe(u, e, r, text, sizeof(text));
	}
	o.message = text;
	add_item(u, e, &o);
}

void units_job_finish(void *userdata)
{
	struct units_job *u = userdata;

	for (size_t i = 0; i < u->req->n_names; i++)
		finish_entry(u, &u->entries[i]);
	job_finish(u->job, u->job->result->code, NULL);
}
