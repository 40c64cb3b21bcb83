// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <systemd/sd-daemon.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_fds.h"
#include "checkpoint/power_loss.h"
#include "checkpoint/scan.h"
#include "core/job.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/registry.h"
#include "core/server.h"
#include "core/spawn.h"
#include "criu/tool_reason.h"
#include "criu/version.h"
#include "dump/dump.h"
#include "dump/group.h"
#include "pramd/recover.h"
#include "pramd/request.h"
#include "pramd/setup.h"
#include "reboot/image_mark.h"
#include "restore/criu_hook.h"
#include "restore/report.h"
#include "unit/reload.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "pramdev.h"
#include "praminfo.h"
#include "str.h"
#include "strv.h"

#define CONF_MAX 65536
#define CRIU_TIMEOUT (60 * USEC_PER_SEC)

static void read_conf(struct manager *m)
{
	char *text __cleanup(freep) = NULL;
	const char *problem;
	unsigned int line;
	int r = read_file(m->conf.file, CONF_MAX, &text, NULL);

	conf_defaults(&m->conf);
	if (r == -ENOENT)
		return;
	if (r < 0) {
		log_warning("Cannot read %s: %s", m->conf.file, strerror(-r));
		return;
	}
	line = conf_parse(&m->conf, text, &problem);
	if (line)
		log_warning("%s:%u: %s; the rest is ignored", m->conf.file, line, problem);
}

static void on_criu_version(void *userdata, const struct spawn_result *result)
{
	struct manager *m = userdata;
	char *text __cleanup(freep) = strdup(result->output);
	const char *version = text ? criu_version_parse(text) : NULL;
	struct reason_told told;

	if (!result->status && version) {
		pb_str(&m->criu_version, version);
		if (criu_version_problem(version, &told))
			log_warning("%s; see Criu= in %s", told.text, m->conf.file);
		return;
	}
	log_warning("%s --version does not name a version of CRIU; see Criu= in %s", m->conf.criu,
		    m->conf.file);
	tool_log("criu --version", result->output);
}

/* Runs CRIU only for its output. Ignores an earlier run that has not ended. */
static void run_criu(struct manager *m, char **argv, spawn_done_t done, struct spawn **spawn)
{
	if (spawn_command(m->event, argv, CRIU_TIMEOUT, done, m, spawn) < 0)
		log_warning("Cannot run %s; see Criu= in %s", m->conf.criu, m->conf.file);
}

static void ask_criu_version(struct manager *m)
{
	run_criu(m, strv_of(m->conf.criu, "--version", NULL), on_criu_version,
		 &m->criu_version_spawn);
}

static void on_criu_warm(void *userdata __unused_arg, const struct spawn_result *result)
{
	if (result->status)
		tool_log_failure(TOOL_CRIU_CHECK, result);
}

/*
 * Once in a boot, CRIU examines the features of the kernel and caches the result in /run. If there
 * is something to restore, have CRIU do that now, in parallel to the boot, so that no service waits
 * for it later.
 */
static void warm_criu(struct manager *m)
{
	if (m->ckpts)
		run_criu(m, strv_of(m->conf.criu, "check", "--feature", "mem_dirty_track", NULL),
			 on_criu_warm, &m->criu_warm_spawn);
}

/*
 * Takes over the descriptors that systemd passes: the socket, and kept files of an earlier
 * instance.
 */
static int take_passed_fds(struct manager *m)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);
	int r = n < 0 ? n : 0;

	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (kept_is_stored(names[i]))
			kept_inherit(m, names[i], fd);
		else if (m->listen_fd < 0)
			m->listen_fd = fd;
		else
			r = -EINVAL;
		free(names[i]);
	}
	free(names);
	return r;
}

static void client_gone(struct client *c)
{
	job_client_gone(c);
	dump_client_gone(c->m, c);
	restore_client_gone(c->m, c);
}

static const struct server_handlers server_handlers = {
	.request = request_handle,
	.gone = client_gone,
};

static int init(struct manager *m)
{
	struct utsname uts;
	int r;

	read_conf(m);
	if (step_fault_read(&m->fault) < 0)
		log_warning("PRAM_TEST_STEP is not of the form TABLE:STEP:WHEN:KIND");
	r = read_line("/proc/sys/kernel/random/boot_id", &m->boot_id);
	if (r < 0)
		return r;
	uname(&uts);
	m->kernel_release = strdup(uts.release);
	if (!m->kernel_release)
		return -ENOMEM;
	r = path_setup(m);
	if (r < 0) {
		log_error("Cannot prepare the directory %s: %s", m->conf.runtime_dir, strerror(-r));
		return r;
	}
	r = registry_load(m);
	if (!r)
		r = report_load(m);
	if (r < 0)
		return r;
	m->dev = pramdev_open(m->conf.device);
	if (m->dev < 0)
		log_warning("Nothing can be kept: %s", praminfo_problem(m->dev));
	ask_criu_version(m);
	if (m->dev >= 0)
		ckpt_scan(m);
	warm_criu(m);
	r = take_passed_fds(m);	/* after ckpt_scan(): the files belong to checkpoints */
	recover(m);
	image_unload_left(m);
	left_check(m);
	if (r >= 0)
		r = server_start(m, &server_handlers);
	if (r < 0)
		log_error("Cannot listen on %s: %s", m->conf.socket, strerror(-r));
	return r;
}

int manager_new(const struct conf *conf, sd_event *event, struct manager **ret)
{
	struct manager *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return -ENOMEM;
	m->conf = *conf;
	m->event = sd_event_ref(event);
	m->listen_fd = -1;
	m->dev = -ENODEV;
	m->on_job_ended = manager_stop;
	r = init(m);
	if (r < 0) {
		manager_free(m);
		return r;
	}
	*ret = m;
	return 0;
}

void manager_free(struct manager *m)
{
	if (!m)
		return;
	server_stop(m);
	jobs_free(m);
	ckpt_remove_all(m);
	scan_forget_unknown(m);
	spawn_free(m->criu_version_spawn);
	spawn_free(m->criu_warm_spawn);
	spawn_free(m->unload_spawn);
	sd_event_source_disable_unref(m->unload_timer);
	pb_free(m->registry);
	pb_free(m->reports);
	reload_free(m->reload);
	sd_event_source_disable_unref(m->recover_timer);
	fd_close(m->dev);
	free(m->boot_id);
	free(m->kernel_release);
	free(m->criu_version);
	sd_event_unref(m->event);
	free(m);
}

int manager_reload(struct manager *m)
{
	read_conf(m);
	ask_criu_version(m);
	return m->dev < 0 ? 0 : ckpt_scan(m);
}

void manager_stop(struct manager *m)
{
	m->stopping = true;
	jobs_cancel_waiting(m);
	dump_groups_stop(m);
	if (m->unqueued || (m->jobs && !m->rebooting)) {
		/*
		 * Wait for the job, since CRIU may be running. The time-out of pramd.service allows
		 * it.
		 */
		log_notice("Waiting for the end of: %s",
			   m->unqueued ? m->unqueued->title : m->jobs->title);
		return;
	}
	if (m->jobs)
		job_answer_early(m->jobs, PRAM__CODE__CODE_OK,
				 "everything is kept, and the machine goes down");
	sd_event_exit(m->event, 0);
}
