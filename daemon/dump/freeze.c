// SPDX-License-Identifier: GPL-2.0-only
/*
 * The time in which a tree is frozen. CRIU waits in its pre-dump script until it may freeze the
 * tree; then its time limit begins. While the tree is frozen, systemd must not take that for a
 * hang of the service.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "core/manager.h"
#include "core/server.h"
#include "dump/state.h"
#include "unit/info.h"
#include "io.h"
#include "pb.h"
#include "proc.h"

#define FROZEN_KILLED \
	"one of its processes was killed while it was frozen; journalctl -k shows whether memory ran out"

/* --- systemd's watchdog ------------------------------------------------------------------- */

/* Sends the ping in the name of the main process, which cannot while it is frozen. */
static int on_watchdog(sd_event_source *source, uint64_t usec __unused_arg, void *userdata)
{
	const struct dump *d = userdata;

	sd_pid_notify((pid_t)d->unit->main_pid, 0, "WATCHDOG=1");
	sd_event_source_set_time_relative(source, d->unit->watchdog_usec / 4);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

static void ping_watchdog(struct dump *d)
{
	if (!d->unit || !d->unit->watchdog_usec || d->unit->watchdog_usec == UINT64_MAX)
		return;
	if (sd_event_add_time_relative(d->m->event, &d->watchdog, CLOCK_MONOTONIC, 0, 0,
				       on_watchdog, d) < 0)
		d->watchdog = NULL;
}

/* --- begin and end ------------------------------------------------------------------------ */

/* CRIU waits in its pre-dump script: lets it freeze the tree. */
void dump_freeze(struct dump *d)
{
	pb_set(d->manifest, frozen_realtime_usec, now_usec(CLOCK_REALTIME));
	pb_set(d->manifest, frozen_boottime_usec, now_usec(CLOCK_BOOTTIME));
	d->frozen = true;
	ping_watchdog(d);
	spawn_limit(d->criu, d->timeout_usec);
	client_answer_code(d->ready, PRAM__CODE__CODE_OK, NULL);
	d->ready = NULL;
}

/*
 * Another dump of the group has failed, so this dump is called off. If a step is running,
 * this takes effect when it ends.
 */
void dump_call_off(struct dump *d, const char *why)
{
	steps_refuse(&d->steps, PRAM__CODE__CODE_CALLED_OFF, "%s", why);
	if (d->ready) {
		spawn_limit(d->criu, d->timeout_usec);
		client_answer_code(d->ready, PRAM__CODE__CODE_CALLED_OFF, why);
	}
	d->ready = NULL;
	if (d->prepared)
		steps_done(&d->steps, -ECANCELED);
	d->prepared = false;
}

/* The verdict for the hook that runs after the dump. CRIU has its time limit from now on. */
void dump_answer_hook(struct dump *d, Pram__Code code)
{
	if (d->hook && !d->criu_ended)
		spawn_limit(d->criu, d->timeout_usec);
	if (d->hook)
		client_answer_code(d->hook, code, steps_reason(&d->steps));
	d->hook = NULL;
	d->state = DUMP_END;
}

/*
 * For a step that looks at the frozen tree: returns @r, its result. If the root process is dead, that
 * is the reason, and not that a file in /proc is missing.
 */
int dump_looked(struct dump *d, int r)
{
	if (r < 0 && !dump_tree_lives(d))
		steps_error(&d->steps, FROZEN_KILLED);
	return r;
}

/*
 * Why the frozen tree must not be ended, in @buf, or NULL: something has happened to it since CRIU
 * has written the images.
 */
const char *dump_frozen_problem(const struct dump *d, char *buf, size_t size)
{
	if (!d->hook || d->criu_ended)
		snprintf(buf, size,
			 "%s: CRIU ended while its dump waited for the other dumps; its log is %s",
			 d->name, d->log);
	else if (dump_count_alive(d) != d->alive)
		snprintf(buf, size, "%s: " FROZEN_KILLED, d->name);
	else
		return NULL;
	return buf;
}
