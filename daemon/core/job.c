// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/job.h"
#include "core/manager.h"
#include "core/server.h"
#include "log.h"
#include "pb.h"
#include "str.h"

static void job_free(struct job *job)
{
	struct manager *m = job->m;

	for (struct job **p = job->unqueued ? &m->unqueued : &m->jobs; *p; p = &(*p)->next)
		if (*p == job) {
			*p = job->next;
			m->n_jobs -= !job->unqueued;
			break;
		}
	if (job->client)
		job->client->job = NULL;
	if (job->free_priv)
		job->free_priv(job->priv);
	sd_event_source_disable_unref(job->defer);
	pb_free(job->req);
	pb_free(job->result);
	free(job->title);
	free(job);
}

static int on_defer(sd_event_source *source __unused_arg, void *userdata)
{
	struct job *job = userdata;
	job_step_t step = job->step;

	job->step = NULL;
	if (step)
		step(job->step_data);
	return 0;
}

void job_next(struct job *job, job_step_t step, void *userdata)
{
	job->step = step;
	job->step_data = userdata;
	sd_event_source_set_enabled(job->defer, SD_EVENT_ONESHOT);
}

static void start(void *userdata)
{
	struct job *job = userdata;

	job->started = true;
	job->start(job);
}

static void start_first(struct manager *m)
{
	if (m->jobs && !m->jobs->started)
		job_next(m->jobs, start, m->jobs);
}

static struct job *job_new(struct manager *m, const char *title)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->m = m;
	job->title = strdup(title);
	job->result = PB_NEW(Result);
	if (!job->title || !job->result ||
	    sd_event_add_defer(m->event, &job->defer, on_defer, job) < 0) {
		job_free(job);
		return NULL;
	}
	sd_event_source_set_enabled(job->defer, SD_EVENT_OFF);
	/* Lower priority than input and output: a long chain of steps must not delay them. */
	sd_event_source_set_priority(job->defer, SD_EVENT_PRIORITY_NORMAL + 10);
	return job;
}

/* Takes @req over. If that fails, tells the client and returns NULL. */
static struct job *job_of(struct manager *m, struct client *client, Pram__Request *req,
			  const char *title, void (*start_fn)(struct job *job))
{
	struct job *job = job_new(m, title);

	if (!job) {
		client_answer_code(client, PRAM__CODE__CODE_FAILED, NO_MEMORY_FOR_REQUEST);
		pb_free(req);
		return NULL;
	}
	job->req = req;
	job->start = start_fn;
	job->client = client;
	if (client) {
		job->client_pid = client->pid;
		client->job = job;
	}
	return job;
}

/* Tells the client why there is no job for its request. */
static void refuse(struct manager *m, struct client *client)
{
	if (m->rebooting)
		client_answer_code(client, PRAM__CODE__CODE_BUSY,
				   "the machine is going down for a kexec: try again in the next kernel");
	else if (m->stopping)
		client_answer_code(client, PRAM__CODE__CODE_BUSY,
				   "pramd is being stopped: try again when it runs (systemctl status pramd)");
	else
		client_answer_text(client, PRAM__CODE__CODE_BUSY,
				   "%zu requests are waiting already, for the end of: %s. Try again later",
				   (size_t)m->n_jobs, m->jobs->title);
}

static void refuse_new(struct manager *m, struct client *client, Pram__Request *req)
{
	refuse(m, client);
	pb_free(req);
}

void job_add(struct manager *m, struct client *client, Pram__Request *req, const char *title,
	     void (*start_fn)(struct job *job))
{
	struct job **p = &m->jobs;
	struct job *job;

	if (m->stopping || m->rebooting || (client && m->n_jobs >= JOBS_MAX)) {
		refuse_new(m, client, req);
		return;
	}
	job = job_of(m, client, req, title, start_fn);
	if (!job)
		return;
	while (*p)
		p = &(*p)->next;
	*p = job;
	m->n_jobs++;
	start_first(m);
}

void job_add_unqueued(struct manager *m, struct client *client, Pram__Request *req,
		      const char *title, void (*start_fn)(struct job *job))
{
	struct job *job;

	/* A kexec-reboot that is called off may wait for it, and is waited for itself. */
	if (m->stopping && !m->jobs) {
		refuse_new(m, client, req);
		return;
	}
	job = job_of(m, client, req, title, start_fn);
	if (!job)
		return;
	job->unqueued = true;
	job->next = m->unqueued;
	m->unqueued = job;
	job_next(job, start, job);
}

void job_progress(struct job *job, const char *name, const char *step, uint64_t done,
		  uint64_t total)
{
	Pram__Progress *p = job->client ? PB_NEW(Progress) : NULL;

	if (!p)
		return;
	pb_str(&p->name, name);
	pb_str(&p->step, step);
	pb_set(p, done, done);
	pb_set(p, total, total);
	client_progress(job->client, p);
}

/* Frees the job, and goes on with what waits for its end. */
static void job_leave(struct job *job)
{
	struct manager *m = job->m;

	job_free(job);
	if (m->stopping)
		m->on_job_ended(m);
	else
		start_first(m);
}

static void end(void *userdata)
{
	struct job *job = userdata;

	client_answer(job->client, job->result);
	job->result = NULL;
	job_leave(job);
}

void job_finish(struct job *job, Pram__Code code, const char *message)
{
	pb_set(job->result, code, code);
	if (message)
		pb_str(&job->result->message, message);
	job_next(job, end, job);
}

void job_finish_text(struct job *job, Pram__Code code, const char *fmt, ...)
{
	char *text __cleanup(freep) = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = str_vmessage(fmt, ap);
	va_end(ap);
	job_finish(job, code, text ? text : NO_MEMORY_FOR_REQUEST);
}

void job_client_gone(struct client *client)
{
	struct job *job = client->job;

	if (!job)
		return;
	job->client = NULL;
	client->job = NULL;
	if (!job->started)
		job_leave(job);
}

void job_answer_early(struct job *job, Pram__Code code, const char *message)
{
	Pram__Result *result = job->client ? PB_NEW(Result) : NULL;

	if (!result)
		return;
	pb_set(job->result, code, code);
	pb_str(&job->result->message, message);
	client_answer(job->client, job->result);
	job->result = result;	/* for what the job still adds */
	job->client = NULL;
}

void job_add_item(struct job *job, const struct outcome *outcome)
{
	Pram__Item *item = PB_NEW(Item);

	if (!item)
		return;
	pb_set(item, code, outcome->code);
	pb_str(&item->name, outcome->name);
	pb_str(&item->message, outcome->message);
	pb_str(&item->reason, outcome->reason);
	if (outcome->pid)
		pb_set(item, pid, outcome->pid);
	if (outcome->outage_usec)
		pb_set(item, outage_usec, outcome->outage_usec);
	pb_append_msg(&job->result->n_items, &job->result->items, item);
}

void jobs_cancel_waiting(struct manager *m)
{
	struct job *next;

	for (struct job *job = m->jobs; job; job = next) {
		next = job->next;
		if (job->started)
			continue;
		refuse(m, job->client);
		job_free(job);
	}
}

void jobs_free(struct manager *m)
{
	while (m->jobs)
		job_free(m->jobs);
	while (m->unqueued)
		job_free(m->unqueued);
}
