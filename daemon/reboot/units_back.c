// SPDX-License-Identifier: GPL-2.0-only
/*
 * Undoes a kexec-reboot for units: removes the marks "leaving", has systemd start the units that
 * were dumped, which restores them, and then removes their drop-ins. A unit that has ended by
 * itself in the meantime is started as systemd would have done.
 */
#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "criu/tool_reason.h"
#include "reboot/state.h"
#include "unit/info.h"
#include "log.h"
#include "marks.h"
#include "pb.h"
#include "str.h"
#include "strv.h"

/*
 * A unit that could not be restored keeps its mark, so that `systemctl start` tries to restore it
 * again.
 */
static void clear_marks(const struct kexec *k)
{
	for (size_t i = 0; i < k->n_units; i++)
		if (!ckpt_find(k->m, k->units[i].name))
			mark_clear(MARK_RESTORE, k->units[i].name);
}

static int forget_units(struct kexec *k)
{
	clear_marks(k);
	kexec_free_units(k);
	return STEP_DONE;
}

static void on_all_done(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status)
		tool_log_failure(TOOL_RELOAD, result);
	steps_done(&k->steps, forget_units(k));
}

/* Ends the undo function if the next command could not be run. */
static void go_on(struct kexec *k, int r)
{
	if (r < 0)
		steps_done(&k->steps, forget_units(k));
}

static void on_started(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;

	if (result->status) {
		log_error("Not all services that were dumped could be started again; "
			  "systemctl --failed lists them");
		tool_log("systemctl restart", result->output);
		k->lost++;
	}
	clear_marks(k);
	go_on(k, kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_all_done));
}

static char **start_argv(const struct kexec *k)
{
	char **v = NULL;
	size_t n = 0;
	int r = pb_append_str(&n, &v, "systemctl");

	/*
	 * To systemd these units are active without a process, so a start would do nothing. Other
	 * units must not notice.
	 */
	if (!r)
		r = pb_append_str(&n, &v, "--job-mode=ignore-requirements");
	if (!r)
		r = pb_append_str(&n, &v, "restart");
	for (size_t i = 0; !r && i < k->n_units; i++)
		if (k->units[i].dumped || k->units[i].ended)
			r = pb_append_str(&n, &v, k->units[i].name);
	return strv_end(v, n, r);
}

/*
 * The processes have ended, for instance crashed, while the mark made systemd ignore Restart= and
 * keep the unit active. The mark is gone, so Restart= is the unit's own again.
 */
static bool has_ended(const char *name)
{
	struct unit_info info = {};
	bool ended = unit_info_read(name, &info) == 0 && !info.main_pid &&
		     !str_eq(str_or(info.restart), "no") &&
		     (str_eq(str_or(info.sub_state), "exited") ||
		      str_eq(str_or(info.active_state), "failed"));

	unit_info_deinit(&info);
	return ended;
}

/* Returns whether there are units for start_argv(). */
static bool any_to_start(struct kexec *k)
{
	bool any = false;

	for (size_t i = 0; i < k->n_units; i++) {
		struct kexec_unit *u = &k->units[i];

		u->ended = !u->dumped && has_ended(u->name);
		if (u->ended)
			log_warning("%s ended by itself during the kexec-reboot, and is started again",
				    u->name);
		any |= u->dumped || u->ended;
	}
	return any;
}

static bool any_dumped(const struct kexec *k)
{
	for (size_t i = 0; i < k->n_units; i++)
		if (k->units[i].dumped)
			return true;
	return false;
}

/* Units may wait for each other, and CRIU is only a part of the restore. */
static uint64_t restore_time(const struct kexec *k)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < k->n_units; i++)
		sum += 2 * k->units[i].conf.restore_timeout_usec;
	return sum;
}

static void on_marks_changed(void *userdata, const struct spawn_result *result)
{
	struct kexec *k = userdata;
	int r;

	if (result->status)
		tool_log_failure(TOOL_RELOAD, result);
	if (!any_to_start(k)) {
		steps_done(&k->steps, forget_units(k));
		return;
	}
	r = kexec_run_for(k, start_argv(k), restore_time(k), on_started);
	k->lost += r < 0;
	go_on(k, r);
}

/* Has systemd start the units that were dumped, and removes all marks and drop-ins. */
int kexec_restore_units(void *op)
{
	struct kexec *k = op;
	int r;

	if (!k->n_units && !k->guarded)
		return STEP_DONE;	/* none, or done by the undo function of a later step */
	if (k->guarded)
		mark_clear(MARK_GUARD, FIREWALL_UNIT);
	k->guarded = false;
	for (size_t i = 0; i < k->n_units; i++) {
		mark_clear(MARK_LEAVING, k->units[i].name);
		if (k->units[i].dumped && mark_set(MARK_RESTORE, k->units[i].name) < 0)
			log_error("Cannot write the mark of %s: it starts afresh instead of being restored",
				  k->units[i].name);
	}
	r = kexec_run(k, strv_of("systemctl", "daemon-reload", NULL), on_marks_changed);
	if (r >= 0)
		return r;
	k->lost += any_dumped(k);
	return forget_units(k);
}
