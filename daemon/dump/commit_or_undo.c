// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/registry.h"
#include "core/server.h"
#include "core/spawn.h"
#include "criu/criu_log.h"
#include "criu/tcp_repair.h"
#include "criu/timerfds.h"
#include "dump/state.h"
#include "restore/restore.h"
#include "unit/info.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "proc.h"
#include "str.h"

void dump_free(struct dump *d)
{
	if (!d)
		return;
	if (d->m->dump == d)
		d->m->dump = NULL;
	spawn_free(d->criu);
	spawn_free(d->saving);
	kept_stow_free(d->stow);
	unit_info_free(d->unit);
	pb_free(d->manifest);
	fd_close(d->dir);
	free(d->logs);
	free(d->log);
	free(d->error);
	free(d);
}

void dump_error(struct dump *d, const char *fmt, ...)
{
	va_list ap;

	if (d->error)
		return;	/* the first is the reason */
	va_start(ap, fmt);
	if (vasprintf(&d->error, fmt, ap) < 0)
		d->error = NULL;
	va_end(ap);
}

static uint32_t root_pid(const struct dump *d)
{
	return d->manifest->root_pid;
}

static bool tree_lives(const struct dump *d)
{
	return proc_same(root_pid(d), d->manifest->processes[0]->starttime);
}

static void finish(struct dump *d, Pram__Code code, const char *message)
{
	struct outcome outcome = {
		.code = code,
		.name = d->name,
		.message = message,
		.log = d->log,
		.pid = root_pid(d),
	};
	outcome_t done = d->done;
	void *userdata = d->userdata;

	if (code)
		journal_event(JOURNAL_CHECKPOINT_FAILED, LOG_ERR, d->name,
			      "Checkpoint %s failed: %s", d->name, message);
	done(userdata, &outcome);
	dump_free(d);
}

/* Without a manifest there is no checkpoint, and the tree runs: nothing may be left of it. */
static void finish_failed(struct dump *d)
{
	struct ckpt *c = d->ckpt;
	struct manager *m = d->m;
	int r = store_remove_all(m->dev, c->name);

	if (r < 0)
		log_error("Cannot remove what there is of %s: %s", c->name, strerror(-r));
	workdir_remove(m, c->name);
	/* CRIU does so itself, unless it was killed */
	if (d->manifest->options->tcp_established && tree_lives(d) && d->log)
		tcp_repair_end(d->manifest->processes, d->manifest->n_processes, d->log);
	finish(d, PRAM__CODE__CODE_FAILED, d->error ? d->error : "no memory");
	ckpt_remove(m, c);
}

static void finish_kept(struct dump *d)
{
	struct ckpt *c = d->ckpt;
	struct manager *m = d->m;
	char *message __cleanup(freep) = NULL, *files __cleanup(freep) = NULL;
	uint64_t moved, copied;

	c->manifest = d->manifest;
	d->manifest = pb_dup(c->manifest);
	workdir_remove(m, c->name);
	ckpt_set_state(c, CKPT_READY, NULL);
	ckpt_scan(m);
	if (c->manifest->registered_as)
		registry_remove(m, c->manifest->registered_as);
	manifest_memory(c->manifest, &moved, &copied);
	if (d->kept_sum.pages)
		files = str_printf(", %" PRIu64 " MiB of %zu files moved (%" PRIu64 " of %" PRIu64
				   " pages copied)", d->kept_sum.pages >> (20 - 12),
				   c->manifest->unit->n_kept, d->kept_sum.copied_pages,
				   d->kept_sum.pages);
	message = str_printf("%zu process%s, %" PRIu64 " MiB of memory moved (%" PRIu64
			     " of %" PRIu64 " pages copied)%s, %" PRIu64 " KiB in %zu images",
			     c->manifest->n_processes, c->manifest->n_processes == 1 ? "" : "es",
			     moved >> (20 - 12), copied, moved, str_or(files), d->sum.bytes >> 10,
			     c->manifest->n_images);
	journal_event(JOURNAL_CHECKPOINTED, LOG_NOTICE, c->name, "Checkpoint %s: %s", c->name,
		      str_or(message));
	if (!d->manifest) {	/* no memory for the copy: say it with what there is */
		d->manifest = c->manifest;
		c->manifest = NULL;
		ckpt_scan(m);
	}
	finish(d, PRAM__CODE__CODE_OK, str_or(message));
}

static void on_put_back_to_life(void *userdata, const struct outcome *o)
{
	struct dump *d = userdata;

	if (o->code)
		log_error("%s could not be put back to life: %s", o->name, o->message);
	finish(d, PRAM__CODE__CODE_FAILED, str_or(d->error));
}

/* For that there has to be a manifest; images may be files or nodes. */
static void leave_to_systemd(struct dump *d)
{
	int r = store_put_manifest(d->m->dev, d->manifest);

	if (r < 0 && r != -EEXIST)
		log_error("%s cannot be put back to life: %s", d->name, strerror(-r));
	finish(d, PRAM__CODE__CODE_FAILED, str_or(d->error));
}

/* CRIU has killed the tree and its images cannot be kept: it lives on from them at once. */
static void put_back_to_life(struct dump *d)
{
	struct ckpt *c = d->ckpt;

	c->manifest = pb_dup(d->manifest);
	if (!c->manifest) {
		log_error("No memory to restore %s; its images stay in %s", c->name, d->logs);
		finish(d, PRAM__CODE__CODE_FAILED, str_or(d->error));
		return;
	}
	d->dir = fd_close(d->dir);	/* with the lock */
	ckpt_set_state(c, CKPT_READY, NULL);
	if (d->unit) {
		leave_to_systemd(d);
		return;
	}
	restore_start(d->job, c->name, 0, on_put_back_to_life, d);
}

static void answer_hook(struct dump *d, Pram__Code code)
{
	if (d->hook)
		client_answer_code(d->hook, code, d->error);
	d->hook = NULL;
	d->state = DUMP_END;
}

/* The tree stands still and all images are written: now the manifest can tell what there is. */
int dump_complete_manifest(struct dump *d)
{
	Pram__Manifest *mf = d->manifest;
	Pram__Process **procs;
	size_t n;
	int r = store_list_files(d->dir, &mf->images, &mf->n_images);

	if (r >= 0)
		r = store_list_memory(d->dir, mf);
	if (r < 0)
		return r;
	if (!tree_lives(d))
		return 0;	/* as it was before CRIU */
	r = proc_tree(root_pid(d), &procs, &n);
	if (r < 0)
		return r;
	proc_tree_free(mf->processes, mf->n_processes);
	mf->processes = procs;
	mf->n_processes = n;
	return manifest_problem(mf) ? -EINVAL : 0;
}


void dump_files_kept(struct dump *d)
{
	if (d->error)
		put_back_to_life(d);
	else
		finish_kept(d);
}

/* All there is of it but a unit's files, which it may have changed until it ended. */
static void settle_dead(struct dump *d)
{
	int r = d->unit && d->manifest->unit->n_kept ? dump_keep_files(d) : 0;

	if (r < 0)
		dump_error(d, "cannot keep its files in PRAM: %s", strerror(-r));
	if (r < 0 || !d->stow)
		dump_files_kept(d);
}

/* CRIU is gone and the hook has, or needs, no answer: what is true now? */
static void settle(struct dump *d)
{
	bool lives = tree_lives(d);
	bool kept_running = d->manifest->options->leave_running;

	if (d->committed) {
		if (!lives) {
			settle_dead(d);
			return;
		}
		if (kept_running) {
			finish_kept(d);
			return;
		}
		dump_error(d, "CRIU did not end the tree: it runs on, the checkpoint is discarded");
		finish_failed(d);
	} else if (lives || kept_running) {
		dump_error(d, "CRIU failed without a reason");
		finish_failed(d);
	} else if (d->state == DUMP_CRIU && !d->error && dump_complete_manifest(d) == 0) {
		d->state = DUMP_STOW;
		job_next(d->job, dump_stow_step, d);
	} else if (d->state == DUMP_CRIU) {
		dump_error(d, "the process has ended");
		finish_failed(d);
	} else {
		put_back_to_life(d);
	}
}

void dump_on_criu(void *userdata, const struct spawn_result *result)
{
	struct dump *d = userdata;
	char reason[CRIULOG_REASON_MAX];

	d->criu_ended = true;
	if (result->timed_out) {
		dump_error(d, "CRIU took too long and was ended");
	} else if (result->status && !d->error) {
		if (criulog_file_reason(d->log, reason, sizeof(reason)) == 0)
			dump_error(d, "CRIU: %s", reason);
		else
			dump_error(d, "CRIU ended with status %d: %s", result->status,
				  result->output);
	}
	if (d->state == DUMP_STOW)
		return;		/* the hook died: stow_end() settles it */
	settle(d);
}

static void stow_end(struct dump *d, int r, const char *what)
{
	if (r < 0) {
		dump_error(d, "cannot keep %s in PRAM: %s", what, strerror(-r));
		/* The tree may go on: what is in nodes already is of no use to it. */
		answer_hook(d, PRAM__CODE__CODE_FAILED);
	} else {
		d->committed = true;
		job_progress(d->job, d->name, "ending the tree", 0, 0);
		answer_hook(d, PRAM__CODE__CODE_OK);
	}
	if (d->criu_ended)
		settle(d);
}

void dump_stow_step(void *userdata)
{
	struct dump *d = userdata;
	Pram__Manifest *mf = d->manifest;
	const char *file;
	int r;

	if (d->error) {
		answer_hook(d, PRAM__CODE__CODE_FAILED);
		if (d->criu_ended)
			settle(d);
		return;
	}
	if (d->stowed == mf->n_images) {
		pb_set(mf, dumped_realtime_usec, now_usec(CLOCK_REALTIME));
		r = store_put_manifest(d->m->dev, mf);
		stow_end(d, r, "the manifest");
		return;
	}
	file = mf->images[d->stowed]->name;
	r = store_put(d->m->dev, d->dir, d->name, file, &d->sum);
	if (r < 0) {
		stow_end(d, r, file);
		return;
	}
	d->stowed++;
	job_progress(d->job, d->name, "keeping images", d->sum.bytes, manifest_bytes(mf));
	job_next(d->job, dump_stow_step, d);
}

void dump_hook(struct manager *m, struct client *client, uint64_t token)
{
	struct dump *d = m->dump;
	int r;

	if (!d || d->state != DUMP_CRIU || d->token != token) {
		client_answer_code(client, PRAM__CODE__CODE_REFUSED, "no dump waits for that");
		return;
	}
	d->hook = client;
	d->state = DUMP_STOW;
	r = timerfds_mend(d->dir);
	if (r < 0)
		dump_error(d, "CRIU's images are not as expected: %s", strerror(-r));
	if (d->unit && !r) {
		dump_save_unit(d);
		return;
	}
	r = d->error ? 0 : dump_complete_manifest(d);
	if (r < 0)
		dump_error(d, "cannot make the manifest: %s", strerror(-r));
	job_next(d->job, dump_stow_step, d);
}

void dump_client_gone(struct manager *m, struct client *client)
{
	if (m->dump && m->dump->hook == client)
		m->dump->hook = NULL;	/* CRIU ends, too, one way or the other: settle() */
}
