// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/manager.h"
#include "core/spawn.h"
#include "criu/tool_reason.h"
#include "unit/info.h"
#include "unit/reload.h"
#include "log.h"
#include "pb.h"
#include "str.h"
#include "strv.h"
#include "unannounced.h"

#define TOOL_TIMEOUT (120 * USEC_PER_SEC)
#define STALE_CHECK_USEC (10 * USEC_PER_SEC)

struct reload {
	struct manager *m;
	sd_event_source *timer;
	struct spawn *spawn;
	char **units;		/* to start after the reload */
	size_t n_units;
};

void reload_free(struct reload *r)
{
	if (!r)
		return;
	sd_event_source_disable_unref(r->timer);
	spawn_free(r->spawn);
	for (size_t i = 0; i < r->n_units; i++)
		free(r->units[i]);
	free(r->units);
	free(r);
}

static int run(struct reload *r, char **argv, spawn_done_t done)
{
	int ret = spawn_command(r->m->event, argv, TOOL_TIMEOUT, done, r, &r->spawn);

	if (ret < 0)
		log_error("Cannot run systemctl: %s", strerror(-ret));
	return ret;
}

static void finish(struct reload *r)
{
	/* Another reload was requested in the meantime. Keep @r for it. */
	if (sd_event_source_get_enabled(r->timer, NULL) > 0)
		return;
	r->m->reload = NULL;
	reload_free(r);
}

static void start_next(struct reload *r);

static void on_started(void *userdata, const struct spawn_result *result)
{
	if (result->status) {
		log_error("A service could not be started; systemctl --failed lists it");
		tool_log("systemctl start", result->output);
	}
	start_next(userdata);
}

/*
 * A unit whose processes a kexec-reboot has ended is active to systemd ("exited"), so a start would
 * do nothing. Other units must not notice the restart.
 */
static char **start_argv(const char *unit)
{
	struct unit_info info = {};
	bool ended = unit_info_read(unit, &info) == 0 && str_eq(str_or(info.sub_state), "exited");

	unit_info_deinit(&info);
	if (!ended)
		return strv_of("systemctl", "start", "--no-block", unit, NULL);
	return strv_of("systemctl", "restart", "--no-block", "--job-mode=ignore-requirements", unit,
		       NULL);
}

static void start_next(struct reload *r)
{
	char *unit __cleanup(freep) = NULL;

	if (!r->n_units) {
		finish(r);
		return;
	}
	unit = r->units[--r->n_units];
	if (run(r, start_argv(unit), on_started) < 0)
		finish(r);
}

static void on_reloaded(void *userdata, const struct spawn_result *result)
{
	if (result->status)
		tool_log_failure(TOOL_RELOAD, result);
	start_next(userdata);
}

static int on_timer(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		    void *userdata)
{
	struct reload *r = userdata;

	/*
	 * These units need their drop-ins until they are announced or their holders have ended.
	 * Look again later.
	 */
	if (unannounced_drop_stale())
		reload_ask(r->m, STALE_CHECK_USEC, NULL);
	if (run(r, strv_of("systemctl", "daemon-reload", NULL), on_reloaded) < 0)
		finish(r);
	return 0;
}

static struct reload *reload_new(struct manager *m, uint64_t delay_usec)
{
	struct reload *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->m = m;
	if (sd_event_add_time_relative(m->event, &r->timer, CLOCK_MONOTONIC, delay_usec, 0,
				       on_timer, r) < 0) {
		free(r);
		return NULL;
	}
	return r;
}

void reload_ask(struct manager *m, uint64_t delay_usec, const char *start)
{
	/*
	 * A reload that is running may have read an older state, so schedule another one after
	 * it.
	 */
	if (!m->reload)
		m->reload = reload_new(m, delay_usec);
	else if (sd_event_source_set_time_relative(m->reload->timer, delay_usec) < 0 ||
		 sd_event_source_set_enabled(m->reload->timer, SD_EVENT_ONESHOT) < 0)
		log_error("Cannot schedule systemctl daemon-reload: run it, so that systemd forgets pram's drop-ins");
	if (!m->reload ||
	    (start && pb_append_str(&m->reload->n_units, &m->reload->units, start) < 0))
		log_error("No memory for systemctl daemon-reload: run it, so that systemd forgets pram's drop-ins");
}
