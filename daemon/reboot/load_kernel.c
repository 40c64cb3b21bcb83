// SPDX-License-Identifier: GPL-2.0-only
/* kexec_start(): the checks and the image, everything up to the first dump. */
#include <errno.h>
#include <stdlib.h>

#include "core/manager.h"
#include "criu/command.h"
#include "reboot/kexec.h"
#include "reboot/precheck.h"
#include "reboot/state.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "str.h"

static void kexec_free(void *priv)
{
	struct kexec *k = priv;

	spawn_free(k->spawn);
	sd_event_source_disable_unref(k->timer);
	for (size_t i = 0; i < k->n_dumped; i++)
		free(k->dumped[i]);
	free(k->dumped);
	kexec_free_units(k);
	free(k->error);
	free(k);
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
		kexec_error(k, "kexec -l failed: %.*s", kexec_first_line(result), result->output);
		kexec_roll_back(k);
	} else if (!kexec_image_loaded(k)) {
		kexec_error(k, "the kernel does not hold a kexec image clear of preserved memory");
		kexec_roll_back(k);
	} else {
		kexec_prepare_units(k);
	}
}

static void on_loaded_by_file(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (!result->status) {
		on_loaded(k, result);
		return;
	}
	log_warning("kexec -s failed, trying kexec -c: %.*s", kexec_first_line(result), result->output);
	kexec_run(k, load_argv(k, "-c"), on_loaded);
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
		kexec_run(k, load_argv(k, "-s"), on_loaded_by_file);
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
	kexec_run(k, strv_of("systemctl", "is-system-running", NULL), on_system_state);
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
		kexec_run(job->priv, strv_of(job->m->conf.criu, "check", NULL), on_criu_check);
}
