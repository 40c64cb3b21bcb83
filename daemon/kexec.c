// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ckpt.h"
#include "criu.h"
#include "dump.h"
#include "io.h"
#include "journal.h"
#include "kexec.h"
#include "manager.h"
#include "pb.h"
#include "pramdev.h"
#include "precheck.h"
#include "registry.h"
#include "restore.h"
#include "spawn.h"
#include "str.h"

#define TOOL_TIMEOUT (120 * USEC_PER_SEC)

struct kexec {
	struct job *job;
	struct manager *m;
	Pram__KexecReport *report;	/* of the job's result */
	struct spawn *spawn;
	sd_event_source *timer;
	char **dumped;			/* names, in order */
	size_t n_dumped;
	size_t n_restored;
	unsigned int lost;		/* could not be restored: kept */
	bool loaded;
	char *error;
};

static void kexec_free(void *priv)
{
	struct kexec *k = priv;

	spawn_free(k->spawn);
	sd_event_source_disable_unref(k->timer);
	for (size_t i = 0; i < k->n_dumped; i++)
		free(k->dumped[i]);
	free(k->dumped);
	free(k->error);
	free(k);
}

static __printf_like(2, 3) void set_error(struct kexec *k, const char *fmt, ...)
{
	va_list ap;

	if (k->error)
		return;
	va_start(ap, fmt);
	if (vasprintf(&k->error, fmt, ap) < 0)
		k->error = NULL;
	va_end(ap);
}

static void roll_back(void *userdata);

/* A tool's reason, without the details that may follow. */
static int first_line(const struct spawn_result *result)
{
	return (int)strcspn(result->output, "\n");
}

/* Runs a tool; the answer comes to @done. @argv is consumed. */
static void run_tool(struct kexec *k, char **argv, spawn_done_t done)
{
	struct spawn_args args = {
		.argv = argv,
		.keep_fd = -1,
		.timeout_usec = TOOL_TIMEOUT,
		.done = done,
		.userdata = k,
	};
	int r;

	spawn_free(k->spawn);
	k->spawn = NULL;
	r = argv ? spawn_new(k->m->event, &args, &k->spawn) : -ENOMEM;
	if (r < 0) {
		set_error(k, "cannot run %s: %s", argv ? argv[0] : "a tool", strerror(-r));
		job_next(k->job, roll_back, k);
	}
	strv_free(argv);
}

/* --- the way back ------------------------------------------------------------------------- */

static void rolled_back(struct kexec *k)
{
	const char *why = k->error ? k->error : "no memory";
	char *text __cleanup(freep) = NULL;

	if (k->lost)
		text = str_printf("%s; %u of %zu trees could not be restored and stay kept", why,
				  k->lost, k->n_dumped);
	else if (k->n_dumped)
		text = str_printf("%s; all processes run again", why);
	journal_event(JOURNAL_KEXEC_FAILED, LOG_ERR, NULL, "kexec-reboot failed: %s",
		      text ? text : why);
	job_finish(k->job, PRAM__CODE__CODE_FAILED, text ? text : why);
}

static void on_unloaded(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		log_error("kexec -u failed: %.*s", first_line(result), result->output);
	rolled_back(k);
}

static void on_restored(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;

	job_add_item(k->job, outcome);
	if (outcome->code)
		k->lost++;
	k->n_restored++;
	job_next(k->job, roll_back, k);
}

static void roll_back(void *userdata)
{
	struct kexec *k = userdata;

	k->m->jumping = false;
	if (k->n_restored < k->n_dumped) {
		restore_start(k->job, k->dumped[k->n_restored], on_restored, k);
	} else if (k->loaded) {
		k->loaded = false;	/* once; if it cannot be run there is nothing more to do */
		run_tool(k, strv_of("kexec", "-u", NULL), on_unloaded);
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
	set_error(k, "the machine did not go down for the kexec");
	roll_back(k);
}

static int on_jump_timer(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
			 void *userdata)
{
	struct kexec *k = userdata;

	run_tool(k, strv_of("systemctl", "is-system-running", NULL), on_still_here);
	return 0;
}

static void on_jump(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;
	int r;

	if (result->status) {
		set_error(k, "systemctl kexec failed: %.*s", first_line(result), result->output);
		roll_back(k);
		return;
	}
	job_progress(k->job, NULL, "going down", 0, 0);
	r = sd_event_add_time_relative(k->m->event, &k->timer, CLOCK_MONOTONIC,
				       k->m->conf.jump_timeout_usec, 0, on_jump_timer, k);
	if (r < 0)
		log_error("Cannot watch over the jump: %s", strerror(-r));
}

static bool image_loaded(struct kexec *k)
{
	struct pram_info info;
	uint64_t loaded = 0;

	return read_line_u64("/sys/kernel/kexec_loaded", 10, &loaded) == 0 && loaded &&
	       pramdev_info(k->m->dev, &info) == 0 && info.image_loaded;
}

static void jump(struct kexec *k)
{
	/* Without an image systemd would do a plain reboot, and all were lost. */
	if (!image_loaded(k)) {
		set_error(k, "the loaded image is gone, or it would overwrite preserved memory");
		roll_back(k);
		return;
	}
	journal_event(JOURNAL_KEXEC, LOG_NOTICE, NULL, "%zu trees are kept, jumping into %s",
		      k->n_dumped, k->report->kernel);
	job_progress(k->job, NULL, "asking systemd for the kexec", 0, 0);
	k->m->jumping = true;
	/* The command and not a D-Bus call: what a person would type, with the same checks. */
	run_tool(k, strv_of("systemctl", "--no-wall", "--check-inhibitors=no", "kexec", NULL),
		 on_jump);
}

/* --- the dumps ---------------------------------------------------------------------------- */

static void dump_next(void *userdata);

static void on_dumped(void *userdata, const struct outcome *outcome)
{
	struct kexec *k = userdata;
	char **p;

	job_add_item(k->job, outcome);
	if (outcome->code) {
		set_error(k, "%s: %s", outcome->name, outcome->message);
		if (outcome->log)
			pb_str(&k->job->result->log, outcome->log);
		job_next(k->job, roll_back, k);
		return;
	}
	p = realloc(k->dumped, (k->n_dumped + 1) * sizeof(*p));
	if (p) {
		k->dumped = p;
		k->dumped[k->n_dumped] = strdup(outcome->name);
	}
	if (!p || !k->dumped[k->n_dumped]) {
		set_error(k, "no memory; %s stays kept", outcome->name);
		k->lost++;
		job_next(k->job, roll_back, k);
		return;
	}
	k->n_dumped++;
	job_next(k->job, dump_next, k);
}

static void dump_next(void *userdata)
{
	struct kexec *k = userdata;
	const Pram__Tree *t;
	struct dump_args args;

	/* A dumped tree leaves the registry: the first is always the next. */
	if (!k->m->registry->n_trees) {
		jump(k);
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

/* --- the image ---------------------------------------------------------------------------- */

static char **load_argv(const struct kexec *k, const char *how)
{
	char *cmdline __cleanup(freep) = str_printf("--command-line=%s", k->report->cmdline);
	char *initrd __cleanup(freep) = str_printf("--initrd=%s", str_or(k->report->initrd));

	if (!cmdline || !initrd)
		return NULL;
	if (!k->report->initrd)
		return strv_of("kexec", how, "-l", cmdline, k->report->kernel, NULL);
	return strv_of("kexec", how, "-l", cmdline, initrd, k->report->kernel, NULL);
}

static void on_loaded(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	k->loaded = true;	/* or not: then unloading does no harm */
	if (result->status) {
		set_error(k, "kexec -l failed: %.*s", first_line(result), result->output);
		roll_back(k);
	} else if (!image_loaded(k)) {
		set_error(k, "the kernel does not hold a kexec image clear of preserved memory");
		roll_back(k);
	} else {
		dump_next(k);
	}
}

static void on_loaded_by_file(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (!result->status) {
		on_loaded(k, result);
		return;
	}
	log_warning("kexec -s failed, trying kexec -c: %.*s", first_line(result), result->output);
	run_tool(k, load_argv(k, "-c"), on_loaded);
}

/* --- the checks --------------------------------------------------------------------------- */

static void checked(struct kexec *k)
{
	const Pram__Check *bad = precheck_failed(k->report);

	if (bad)
		job_finish(k->job, PRAM__CODE__CODE_REFUSED, bad->text);
	else if (k->report->dry_run)
		job_finish(k->job, PRAM__CODE__CODE_OK, "nothing stands in the way");
	else {
		job_progress(k->job, NULL, "loading the kernel", 0, 0);
		run_tool(k, load_argv(k, "-s"), on_loaded_by_file);
	}
}

static void on_system_state(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	precheck_add(k->report, "systemd", precheck_system_state_ok(result->output),
		     "the system is %s", result->output);
	checked(k);
}

static void on_criu_check(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;
	const char *last = strrchr(result->output, '\n');

	precheck_add(k->report, "criu", !result->status, "criu check: %s",
		     last ? last + 1 : result->output);
	run_tool(k, strv_of("systemctl", "is-system-running", NULL), on_system_state);
}

void kexec_start(struct job *job)
{
	struct kexec *k = calloc(1, sizeof(*k));
	int r = -ENOMEM;

	job->result->kexec = PB_NEW(KexecReport);
	if (k && job->result->kexec) {
		k->job = job;
		k->m = job->m;
		k->report = job->result->kexec;
		job->priv = k;
		job->free_priv = kexec_free;
		k = NULL;
		job_progress(job, NULL, "checking", 0, 0);
		r = precheck_run(job->m, job->req->kexec, job->client_pid, job->result->kexec);
	}
	free(k);
	if (r < 0)
		job_finish(job, PRAM__CODE__CODE_FAILED, strerror(-r));
	else if (job->m->dev < 0)
		job_finish(job, PRAM__CODE__CODE_NO_PRAM, job->result->kexec->checks[0]->text);
	else
		run_tool(job->priv, strv_of(job->m->conf.criu, "check", NULL), on_criu_check);
}
