// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ckpt.h"
#include "dump.h"
#include "job.h"
#include "jobs.h"
#include "manager.h"
#include "pb.h"
#include "restore.h"
#include "store.h"
#include "str.h"

/* --- checkpoint --------------------------------------------------------------------------- */

static void on_dumped(void *userdata, const struct outcome *outcome)
{
	struct job *job = userdata;

	job_add_item(job, outcome);
	if (outcome->code)
		pb_str(&job->result->log, outcome->log);
	job_finish(job, outcome->code, outcome->message);
}

void job_checkpoint(struct job *job)
{
	const Pram__TreeRequest *req = job->req->checkpoint;
	struct dump_args args = {
		.name = str_or(req->name),
		.pid = req->pid,
		.options = req->options,
	};

	dump_start(job, &args, on_dumped, job);
}

/* --- restore ------------------------------------------------------------------------------ */

struct restores {
	struct job *job;
	char **names;
	size_t n;
	size_t next;
	unsigned int failed;
};

static void restores_free(void *priv)
{
	struct restores *rs = priv;

	for (size_t i = 0; i < rs->n; i++)
		free(rs->names[i]);
	free(rs->names);
	free(rs);
}

static void restore_next(void *userdata);

static void on_restored(void *userdata, const struct outcome *outcome)
{
	struct restores *rs = userdata;
	struct job *job = rs->job;

	job_add_item(job, outcome);
	if (outcome->code) {
		rs->failed++;
		pb_str(&job->result->log, outcome->log);
	}
	if (rs->n == 1)
		job_finish(job, outcome->code, outcome->message);
	else
		job_next(job, restore_next, rs);
}

static void restore_next(void *userdata)
{
	struct restores *rs = userdata;
	char text[64];

	if (rs->next < rs->n) {
		restore_start(rs->job, rs->names[rs->next++], on_restored, rs);
		return;
	}
	snprintf(text, sizeof(text), "%zu of %zu restored", rs->n - rs->failed, rs->n);
	job_finish(rs->job, rs->failed ? PRAM__CODE__CODE_FAILED : PRAM__CODE__CODE_OK, text);
}

/* Those that --all means: --boot leaves out what was made since this kernel started. */
static int choose(struct restores *rs, const Pram__RestoreRequest *req)
{
	const struct manager *m = rs->job->m;
	int r = 0;

	if (!req->all)
		return pb_append_str(&rs->n, &rs->names, str_or(req->name));
	for (struct ckpt *c = m->ckpts; c && !r; c = c->next) {
		const char *boot_id = c->manifest ? str_or(c->manifest->boot_id) : "";

		if (!req->boot || !str_eq(boot_id, m->boot_id))
			r = pb_append_str(&rs->n, &rs->names, c->name);
	}
	return r;
}

void job_restore(struct job *job)
{
	struct restores *rs = calloc(1, sizeof(*rs));

	if (rs) {
		rs->job = job;
		job->priv = rs;
		job->free_priv = restores_free;
	}
	if (!rs || choose(rs, job->req->restore) < 0)
		job_finish(job, PRAM__CODE__CODE_FAILED, strerror(ENOMEM));
	else
		restore_next(rs);
}

/* --- remove ------------------------------------------------------------------------------- */

void job_remove(struct job *job)
{
	struct ckpt *c = ckpt_find(job->m, str_or(job->req->remove->name));
	int r;

	if (!c) {
		job_finish(job, PRAM__CODE__CODE_NOT_FOUND, "there is no such checkpoint");
		return;
	}
	if (c->state == CKPT_BUSY) {
		job_finish(job, PRAM__CODE__CODE_BUSY, "the checkpoint is being worked on");
		return;
	}
	job_progress(job, c->name, "removing", 0, 0);
	r = store_remove_all(job->m->dev, c->name);
	if (r < 0) {
		job_finish(job, PRAM__CODE__CODE_FAILED, strerror(-r));
		return;
	}
	ckpt_remove(job->m, c);
	ckpt_scan(job->m);
	job_finish(job, PRAM__CODE__CODE_OK, "removed");
}
