// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/power_loss.h"
#include "core/journal.h"
#include "core/manager.h"
#include "core/registry.h"
#include "core/spawn.h"
#include "criu/command.h"
#include "dump/dump.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "restore/restore.h"
#include "io.h"
#include "pb.h"
#include "pramdev.h"
#include "str.h"

#define TOOL_TIMEOUT (120 * USEC_PER_SEC)

void kexec_error(struct kexec *k, const char *fmt, ...)
{
	va_list ap;

	if (k->error)
		return;
	va_start(ap, fmt);
	if (vasprintf(&k->error, fmt, ap) < 0)
		k->error = NULL;
	va_end(ap);
}

int kexec_first_line(const struct spawn_result *result)
{
	return (int)strcspn(result->output, "\n");
}

void kexec_run(struct kexec *k, char **argv, spawn_done_t done)
{
	kexec_run_for(k, argv, TOOL_TIMEOUT, done);
}

void kexec_run_for(struct kexec *k, char **argv, uint64_t timeout_usec, spawn_done_t done)
{
	struct spawn_args args = {
		.argv = argv,
		.keep_fd = -1,
		.timeout_usec = timeout_usec,
		.done = done,
		.userdata = k,
	};
	int r;

	spawn_free(k->spawn);
	k->spawn = NULL;
	r = argv ? spawn_new(k->m->event, &args, &k->spawn) : -ENOMEM;
	if (r < 0) {
		kexec_error(k, "cannot run %s: %s", argv ? argv[0] : "a tool", strerror(-r));
		job_next(k->job, kexec_roll_back, k);
	}
	strv_free(argv);
}

/* --- the way back ------------------------------------------------------------------------- */

static void rolled_back(struct kexec *k)
{
	const char *why = k->error ? k->error : "no memory";
	char *text __cleanup(freep) = NULL;

	if (k->lost)
		text = str_printf("%s; %u of what was kept could not be restored and stays kept", why,
				  k->lost);
	else if (k->job->result->n_items)
		text = str_printf("%s; all processes run again", why);
	journal_event(JOURNAL_KEXEC_FAILED, LOG_ERR, NULL, "kexec-reboot failed: %s",
		      text ? text : why);
	job_finish(k->job, PRAM__CODE__CODE_FAILED, text ? text : why);
}

static void on_unloaded(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		log_error("kexec -u failed: %.*s", kexec_first_line(result), result->output);
	rolled_back(k);
}

static void on_restored(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (outcome->code)
		k->lost++;
	k->n_restored++;
	job_next(k->job, kexec_roll_back, k);
}

void kexec_roll_back(void *userdata)
{
	struct kexec *k = userdata;

	k->m->jumping = false;
	left_forget(k->m);
	if (k->n_units) {
		kexec_restore_units(k, kexec_roll_back);
	} else if (k->n_restored < k->n_dumped) {
		restore_start(k->job, k->dumped[k->n_restored], 0, on_restored, k);
	} else if (k->loaded) {
		k->loaded = false;	/* once; if it cannot be run there is nothing more to do */
		kexec_run(k, strv_of("kexec", "-u", NULL), on_unloaded);
	} else {
		rolled_back(k);
	}
}

/* --- the jump ----------------------------------------------------------------------------- */

static int on_jump_timer(sd_event_source *source, uint64_t usec, void *userdata);

static void on_still_here(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (!precheck_system_state_ok(result->output)) {
		/* It is going down, slowly: pramd will be told to end. */
		sd_event_source_set_time_relative(k->timer, k->m->conf.jump_timeout_usec);
		sd_event_source_set_enabled(k->timer, SD_EVENT_ONESHOT);
		return;
	}
	kexec_error(k, "the machine did not go down for the kexec");
	kexec_roll_back(k);
}

static int on_jump_timer(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
			 void *userdata)
{
	struct kexec *k = userdata;

	kexec_run(k, strv_of("systemctl", "is-system-running", NULL), on_still_here);
	return 0;
}

static void on_jump(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;
	int r;

	if (result->status) {
		kexec_error(k, "systemctl kexec failed: %.*s", kexec_first_line(result), result->output);
		kexec_roll_back(k);
		return;
	}
	job_progress(k->job, NULL, "going down", 0, 0);
	r = sd_event_add_time_relative(k->m->event, &k->timer, CLOCK_MONOTONIC,
				       k->m->conf.jump_timeout_usec, 0, on_jump_timer, k);
	if (r < 0)
		log_error("Cannot watch over the jump: %s", strerror(-r));
}

bool kexec_image_loaded(struct kexec *k)
{
	struct pram_info info;
	uint64_t loaded = 0;

	return read_line_u64("/sys/kernel/kexec_loaded", 10, &loaded) == 0 && loaded &&
	       pramdev_info(k->m->dev, &info) == 0 && info.image_loaded;
}

static void jump(void *userdata)
{
	struct kexec *k = userdata;

	/* Without an image systemd would do a plain reboot, and all were lost. */
	if (!kexec_image_loaded(k)) {
		kexec_error(k, "the loaded image is gone, or it would overwrite preserved memory");
		kexec_roll_back(k);
		return;
	}
	journal_event(JOURNAL_KEXEC, LOG_NOTICE, NULL, "%zu trees are kept, jumping into %s",
		      k->n_dumped + k->n_units, k->report->kernel);
	left_write(k->m);
	job_progress(k->job, NULL, "asking systemd for the kexec", 0, 0);
	k->m->jumping = true;
	/* The command and not a D-Bus call: what a person would type, with the same checks. */
	kexec_run(k, strv_of("systemctl", "--no-wall", "--check-inhibitors=no", "kexec", NULL),
		 on_jump);
}

/* --- the dumps ---------------------------------------------------------------------------- */

static void on_dumped(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;
	char **p;

	job_add_item(k->job, outcome);
	if (outcome->code) {
		kexec_error(k, "%s: %s", outcome->name, outcome->message);
		if (outcome->log)
			pb_str(&k->job->result->log, outcome->log);
		job_next(k->job, kexec_roll_back, k);
		return;
	}
	p = realloc(k->dumped, (k->n_dumped + 1) * sizeof(*p));
	if (p) {
		k->dumped = p;
		k->dumped[k->n_dumped] = strdup(outcome->name);
	}
	if (!p || !k->dumped[k->n_dumped]) {
		kexec_error(k, "no memory; %s stays kept", outcome->name);
		k->lost++;
		job_next(k->job, kexec_roll_back, k);
		return;
	}
	k->n_dumped++;
	job_next(k->job, kexec_dump_next, k);
}

static void on_unit_dumped(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (kexec_unit_dumped(k, outcome)) {
		job_next(k->job, kexec_dump_next, k);
		return;
	}
	kexec_error(k, "%s: %s", outcome->name, outcome->message);
	if (outcome->log)
		pb_str(&k->job->result->log, outcome->log);
	job_next(k->job, kexec_roll_back, k);
}

void kexec_dump_next(void *userdata)
{
	struct kexec *k = userdata;
	const Pram__Tree *t;
	struct dump_args args;

	/* A dumped tree leaves the registry: the first is always the next. */
	if (!k->m->registry->n_trees) {
		if (!kexec_dump_unit(k, on_unit_dumped))
			kexec_leave_others(k, jump);
		return;
	}
	t = k->m->registry->trees[0];
	args = (struct dump_args){
		.name = t->name,
		.pid = t->pid,
		.starttime = t->starttime,
		.options = t->options,
	};
	dump_start(k->job, &args, on_dumped, k);
}
