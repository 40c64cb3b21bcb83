// SPDX-License-Identifier: GPL-2.0-only
/* Restores what the new sandbox of a unit lacks: directories, files, and network addresses. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/spawn.h"
#include "criu/tool_reason.h"
#include "restore/restore.h"
#include "restore/state.h"
#include "sandbox/enter.h"
#include "unit/describe.h"
#include "unit/dirs.h"
#include "unit/disk_dirs.h"
#include "unit/files.h"
#include "unit/net_wait.h"
#include "unit/outside_files.h"
#include "beneath.h"
#include "io.h"
#include "log.h"
#include "proc.h"
#include "str.h"
#include "strv.h"

#define ADDRESSES_TIMEOUT (60 * USEC_PER_SEC)
#define FILES_TIMEOUT (120 * USEC_PER_SEC)

int restore_open_outside(struct restore *rs)
{
	const Pram__Unit *unit = rs->ckpt->manifest->unit;

	rs->outside = calloc(unit->n_outside + 1, sizeof(*rs->outside));
	if (!rs->outside)
		return -ENOMEM;
	for (; rs->n_outside < unit->n_outside; rs->n_outside++) {
		const Pram__OutsideFile *f = unit->outside[rs->n_outside];
		int fd = outside_open(f);

		if (fd < 0) {
			steps_error(&rs->steps,
				    "cannot open %s, which it had open outside of its mounts: %s",
				    f->path, strerror(-fd));
			return fd;
		}
		rs->outside[rs->n_outside] = fd;
	}
	return 0;
}

/* --- files -------------------------------------------------------------------------------- */

static int files_failed(struct restore *rs, const char *path, int r)
{
	steps_error(&rs->steps, "cannot restore its files%s%s: %s", path ? ": " : "", str_or(path),
		    strerror(-r));
	return r;
}

/* Calls @change, if there is a unit, with the root of its new sandbox. Returns its STEP_*. */
static int change_sandbox(struct restore *rs, int (*change)(struct restore *rs, int root,
							     const char **ret_path))
{
	int root __cleanup(fd_closep) = -1;
	const char *path = NULL;
	int r;

	if (!rs->ckpt->manifest->unit)
		return STEP_DONE;
	root = beneath_root(rs->holder);
	r = root < 0 ? root : change(rs, root, &path);
	return r < 0 ? files_failed(rs, path, r) : r;
}

static int make_dirs(struct restore *rs, int root, const char **ret_path)
{
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	int r = unit_dirs_make(unit, root, ret_path);

	if (!r)
		r = unit_files_check(unit, root, ret_path);
	if (*ret_path && r == -EPERM)
		steps_error(&rs->steps,
			    "cannot restore its files: %s belongs to another user. Remove it, and start "
			    "the service again",
			    *ret_path);
	return r < 0 ? r : STEP_DONE;
}

int restore_make_dirs(void *op)
{
	return change_sandbox(op, make_dirs);
}

static void on_loaded(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;

	if (result->timed_out)
		steps_error(&rs->steps,
			    "its run-time files could not be restored in time (limit: 120 s, and "
			    "BootTimeoutSec= at boot)");
	else if (result->status)
		tool_failed(&rs->steps, TOOL_LOAD, result);
	steps_done(&rs->steps, STEP_DONE);
}

static int load_files(struct restore *rs, int root, const char **ret_path)
{
	char *images __cleanup(freep) = path_work(rs->m, rs->ckpt->name);
	char **argv __cleanup(strv_freep) = images ? unit_load_argv(images, root) : NULL;
	struct spawn_args spawn = {
		.argv = argv,
		.keep_fd = root,
		.timeout_usec = restore_limit(rs, FILES_TIMEOUT),
		.done = on_loaded,
		.userdata = rs,
	};
	int r;

	(void)ret_path;
	if (!rs->ckpt->manifest->unit->files)
		return STEP_DONE;
	r = argv ? spawn_new(rs->m->event, &spawn, &rs->loading) : -ENOMEM;
	return r < 0 ? r : STEP_WAIT;
}

int restore_unpack_files(void *op)
{
	return change_sandbox(op, load_files);
}

static int fill(void *userdata)
{
	const struct restore *rs = userdata;
	const char *path = NULL;
	int r = kept_fill(rs->m->dev, rs->ckpt, rs->fills_shared, &path);

	if (r < 0)
		dprintf(STDERR_FILENO, "%s%s%s\n", str_or(path), path ? ": " : "", strerror(-r));
	return r < 0;
}

int restore_fill(struct restore *rs, bool shared, spawn_done_t done)
{
	char *cgroup __cleanup(freep) = NULL;
	struct sandbox sandbox = { .pid = rs->holder };
	struct spawn_args spawn = {
		.run = fill,
		.keep_fd = -1,
		.prepare = sandbox_enter,
		.prepare_arg = &sandbox,
		.timeout_usec = restore_limit(rs, FILES_TIMEOUT),
		.done = done,
		.userdata = rs,
	};
	int r = proc_cgroup(rs->holder, &cgroup);

	if (r < 0)
		return r;
	sandbox.cgroup = cgroup;
	rs->fills_shared = shared;
	spawn_free(rs->loading);
	rs->loading = NULL;
	return spawn_new(rs->m->event, &spawn, &rs->loading);
}

/* The output is from pramd's own child. One that was killed has written nothing. */
void restore_fill_failed(struct restore *rs, const char *what, const struct spawn_result *result)
{
	const char *why = result->timed_out ? "it took too long" :
			  *result->output ? result->output :
			  "the process that fills them was killed; journalctl -k shows whether memory ran out";

	steps_error(&rs->steps, "cannot restore its %s: %.*s", what, (int)strcspn(why, "\n"), why);
}

static void on_filled(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;

	if (result->status)
		restore_fill_failed(rs, "files", result);
	steps_done(&rs->steps, STEP_DONE);
}

static int fill_files(struct restore *rs, int root, const char **ret_path)
{
	int r;

	if (!rs->ckpt->manifest->unit->n_kept)
		return STEP_DONE;
	r = kept_make(rs->ckpt, root, ret_path);
	if (r < 0)
		return r;
	*ret_path = NULL;
	r = restore_fill(rs, false, on_filled);
	return r < 0 ? r : STEP_WAIT;
}

int restore_fill_files(void *op)
{
	return change_sandbox(op, fill_files);
}

static int settle_dirs(struct restore *rs, int root, const char **ret_path)
{
	int r = unit_dirs_settle(rs->ckpt->manifest->unit, root, ret_path);

	return r < 0 ? r : STEP_DONE;
}

int restore_settle_dirs(void *op)
{
	return change_sandbox(op, settle_dirs);
}

/* --- files on a disk ---------------------------------------------------------------------- */

static int move_files(struct restore *rs, int root, const char **ret_path)
{
	const struct diskdirs where = diskdirs_of(&rs->m->conf, rs->name);
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	int r = unit->n_disk ? diskdirs_put(&where, unit, root, rs->disk_dirs, ret_path) : 0;

	return r < 0 ? r : STEP_DONE;
}

int restore_move_files(void *op)
{
	return change_sandbox(op, move_files);
}

int restore_move_files_back(void *op)
{
	struct restore *rs = op;
	const struct diskdirs where = diskdirs_of(&rs->m->conf, rs->name);
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	const char *path = NULL;
	int r = unit ? diskdirs_back(&where, unit, rs->disk_dirs, &path) : 0;

	if (r < 0)
		log_error("The files of %s in %s%s cannot be set aside: %s. They are lost when it ends",
			  rs->name, path ? "/" : "its private directories", str_or(path),
			  strerror(-r));
	return STEP_DONE;
}

/* --- the network -------------------------------------------------------------------------- */

static void on_addresses(void *userdata, const char *missing)
{
	struct restore *rs = userdata;

	if (missing)
		steps_error_named(&rs->steps, reasons[REASON_ADDRESS_MISSING].name,
				  "the machine has no address %s, to which a socket of it is bound: configure "
				  "the network as it was",
				  missing);
	steps_done(&rs->steps, STEP_DONE);
}

int restore_wait_for_addresses(void *op)
{
	struct restore *rs = op;
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	int r;

	if (!unit || !unit->n_addresses)
		return STEP_DONE;
	r = netwait_new(rs->m->event, unit->addresses, unit->n_addresses,
			restore_limit(rs, ADDRESSES_TIMEOUT), on_addresses, rs, &rs->netwait);
	return r < 0 ? r : STEP_WAIT;
}
