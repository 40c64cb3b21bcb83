// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/ckpt.h"
#include "core/job.h"
#include "core/manager.h"
#include "core/registry.h"
#include "core/server.h"
#include "dump/dump.h"
#include "pramd/request.h"
#include "pramd/request_jobs.h"
#include "pramd/request_units.h"
#include "reboot/reboot.h"
#include "restore/criu_hook.h"
#include "restore/on_unit_start.h"
#include "unit/enable.h"
#include "pb.h"
#include "praminfo.h"
#include "str.h"

static void add_checkpoints(struct manager *m, size_t *n, Pram__Checkpoint ***list)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next)
		pb_append_msg(n, list, ckpt_message(m, c, false));
}

static void status(struct client *c)
{
	struct manager *m = c->m;
	Pram__Result *result = PB_NEW(Result);
	Pram__Status *s = PB_NEW(Status);

	if (!result || !s) {
		pb_free(result);
		pb_free(s);
		client_answer_code(c, PRAM__CODE__CODE_FAILED, NO_MEMORY_FOR_REQUEST);
		return;
	}
	result->status = s;
	s->pram = praminfo_new(m->dev);
	pb_set(s, daemon, 1);
	pb_str(&s->version, PRAM_PROGRAM_VERSION);
	pb_str(&s->criu_version, m->criu_version);
	if (m->jobs)
		pb_str(&s->job, m->jobs->title);
	pb_set(s, queued, m->n_jobs ? m->n_jobs - 1 : 0);
	add_checkpoints(m, &s->n_checkpoints, &s->checkpoints);
	units_status(m, &s->n_units, &s->units);
	for (size_t i = 0; i < m->registry->n_trees; i++)
		pb_append_msg(&s->n_trees, &s->trees, registry_message(m->registry->trees[i]));
	for (size_t i = 0; i < m->n_unknown_nodes; i++)
		pb_append_str(&s->n_unknown_nodes, &s->unknown_nodes, m->unknown_nodes[i]);
	pb_set(result, code, m->dev < 0 ? PRAM__CODE__CODE_NO_PRAM : PRAM__CODE__CODE_OK);
	if (s->pram)
		pb_str(&result->message, s->pram->problem);
	client_answer(c, result);
}

static void list(struct client *c)
{
	Pram__Result *result = PB_NEW(Result);

	if (!result)
		return;
	pb_set(result, code, PRAM__CODE__CODE_OK);
	add_checkpoints(c->m, &result->n_checkpoints, &result->checkpoints);
	units_status(c->m, &result->n_units, &result->units);
	client_answer(c, result);
}

static void show(struct client *c, const char *name)
{
	struct ckpt *k = ckpt_find(c->m, name);
	Pram__Result *result;

	if (!k) {
		client_answer_text(c, PRAM__CODE__CODE_NOT_FOUND, NO_CHECKPOINT, name);
		return;
	}
	result = PB_NEW(Result);
	if (!result)
		return;
	pb_set(result, code, PRAM__CODE__CODE_OK);
	pb_append_msg(&result->n_checkpoints, &result->checkpoints, ckpt_message(c->m, k, true));
	client_answer(c, result);
}

static void report(struct client *c)
{
	Pram__Result *result = PB_NEW(Result);

	if (!result)
		return;
	pb_set(result, code, PRAM__CODE__CODE_OK);
	for (size_t i = 0; i < c->m->reports->n_reports; i++)
		pb_append_msg(&result->n_reports, &result->reports,
			      pb_dup(c->m->reports->reports[i]));
	client_answer(c, result);
}

static void do_register(struct client *c, Pram__TreeRequest *req)
{
	const struct dump_candidate candidate = { .pid = req->pid,
						  .client_pid = c->pid,
						  .anew = true };
	const char *problem = name_problem(req->name);
	struct reason_told told;
	int r;

	if (!problem && registry_find(c->m, req->name)) {
		client_answer_text(c, PRAM__CODE__CODE_EXISTS,
				   "a tree is registered as %s already: "
				   "unregister it, or choose another name",
				   req->name);
		return;
	}
	if (problem) {
		client_answer_code(c, PRAM__CODE__CODE_REFUSED, problem);
		return;
	}
	if (dump_problem(c->m, &candidate, &told)) {
		client_answer_told(c, PRAM__CODE__CODE_REFUSED, &told);
		return;
	}
	/* A kexec leaves no process running. */
	if (req->options)
		req->options->leave_running = 0;
	r = registry_add(c->m, req->name, req->pid, req->options);
	if (r == -ENOSPC)
		client_answer_text(c, PRAM__CODE__CODE_BUSY,
				   "%u trees are registered, which is the limit: unregister one first",
				   REGISTRY_MAX);
	else if (r < 0)
		client_answer_text(c, PRAM__CODE__CODE_FAILED, "%s cannot be registered: %s",
				   req->name, strerror(-r));
	else
		client_answer_code(c, PRAM__CODE__CODE_OK, "registered");
}

static void do_unregister(struct client *c, const char *name)
{
	int r = registry_remove(c->m, name);

	if (r == -ENOENT)
		client_answer_text(c, PRAM__CODE__CODE_NOT_FOUND,
				   "no tree is registered as %s; pramctl status lists them", name);
	else if (r < 0)
		client_answer_text(c, PRAM__CODE__CODE_FAILED, "%s cannot be unregistered: %s",
				   name, strerror(-r));
	else
		client_answer_code(c, PRAM__CODE__CODE_OK, "not registered any more");
}

static void add_job(struct client *c, Pram__Request *req, const char *what, const char *name,
		    void (*start)(struct job *job))
{
	char title[32 + NAME_LEN_MAX];

	if (c->m->dev < 0) {
		client_answer_code(c, PRAM__CODE__CODE_NO_PRAM, praminfo_problem(c->m->dev));
		pb_free(req);
		return;
	}
	snprintf(title, sizeof(title), "%s %s", what, str_or(name));
	job_add(c->m, c, req, str_trim(title), start);
}

static void add_unqueued(struct client *c, Pram__Request *req)
{
	char title[32 + NAME_LEN_MAX];

	if (c->m->dev < 0) {
		client_answer_code(c, PRAM__CODE__CODE_NO_PRAM, praminfo_problem(c->m->dev));
		pb_free(req);
		return;
	}
	snprintf(title, sizeof(title), "restore %s", str_or(req->unit_restore->name));
	job_add_unqueued(c->m, c, req, title, job_unit_restore);
}

void request_handle(struct client *c, Pram__Request *req)
{
	switch (req->body_case) {
	case PRAM__REQUEST__BODY_CHECKPOINT:
		add_job(c, req, "checkpoint", req->checkpoint->name, job_checkpoint);
		return;
	case PRAM__REQUEST__BODY_RESTORE:
		add_job(c, req, "restore", req->restore->name, job_restore);
		return;
	case PRAM__REQUEST__BODY_REMOVE:
		add_job(c, req, "remove", req->remove->name, job_remove);
		return;
	case PRAM__REQUEST__BODY_RELEASE:
		add_job(c, req, "release", NULL, job_release);
		return;
	case PRAM__REQUEST__BODY_KEXEC:
		add_job(c, req, "kexec-reboot", NULL, kexec_start);
		return;
	case PRAM__REQUEST__BODY_ENABLE:
		job_add(c->m, c, req, "enable", job_enable);
		return;
	case PRAM__REQUEST__BODY_CHECK:
		add_job(c, req, "check", NULL, job_check);
		return;
	case PRAM__REQUEST__BODY_UNIT_RESTORE:
		add_unqueued(c, req);
		return;
	case PRAM__REQUEST__BODY_STATUS:
		status(c);
		break;
	case PRAM__REQUEST__BODY_LIST:
		list(c);
		break;
	case PRAM__REQUEST__BODY_REPORT:
		report(c);
		break;
	case PRAM__REQUEST__BODY_SHOW:
		show(c, str_or(req->show->name));
		break;
	case PRAM__REQUEST__BODY_REGISTER:
		do_register(c, req->register_);
		break;
	case PRAM__REQUEST__BODY_UNREGISTER:
		do_unregister(c, str_or(req->unregister->name));
		break;
	case PRAM__REQUEST__BODY_DISABLE:
		units_disable(c, req->disable);
		break;
	case PRAM__REQUEST__BODY_UNIT_UP:
		units_up(c, str_or(req->unit_up->name));
		break;
	case PRAM__REQUEST__BODY_HOOK:
		if (!restore_hook(c->m, c, req->hook->token))
			dump_hook(c->m, c, req->hook);
		break;
	default:
		client_answer_code(c, PRAM__CODE__CODE_USAGE,
				   "pramd does not know this request, because it is older than "
				   "pramctl. Restart pramd (systemctl restart pramd)");
		break;
	}
	pb_free(req);
}
