// SPDX-License-Identifier: GPL-2.0-only
/* The unit's part of a restore: what its new sandbox lacks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_path.h"
#include "core/enter_sandbox.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/spawn.h"
#include "criu/command.h"
#include "restore/restore.h"
#include "restore/state.h"
#include "unit/describe.h"
#include "unit/dirs.h"
#include "unit/net_wait.h"
#include "unit/outside_files.h"
#include "io.h"
#include "log.h"
#include "netlock.h"
#include "proc.h"
#include "rising.h"
#include "str.h"

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
			restore_error(rs, "cannot open %s: %s", f->path, strerror(-fd));
			return fd;
		}
		rs->outside[rs->n_outside] = fd;
	}
	return 0;
}

void restore_unlock(const Pram__Manifest *mf)
{
	int r = mf->unit && mf->unit->lock ? netlock_drop(mf->unit->lock) : 0;

	if (r < 0)
		log_error("Packets of %s stay held off: %s", mf->name, strerror(-r));
}

static void on_addresses(void *userdata, const char *missing)
{
	struct restore *rs = userdata;

	if (missing) {
		restore_error(rs, "the machine has no address %s, which its sockets are bound to", missing);
		restore_put_back(rs);
		return;
	}
	restore_run_criu(rs);
}

static void wait_for_addresses(struct restore *rs)
{
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	int r;

	if (!unit->n_addresses) {
		restore_run_criu(rs);
		return;
	}
	r = netwait_new(rs->m->event, unit->addresses, unit->n_addresses, ADDRESSES_TIMEOUT,
			on_addresses, rs, &rs->netwait);
	if (r < 0) {
		restore_error(rs, "cannot wait for the network: %s", strerror(-r));
		restore_put_back(rs);
	}
}

/* A child of ours could not do its part: said, and all goes back. */
static bool child_failed(struct restore *rs, const struct spawn_result *result, const char *what)
{
	const char *why = result->timed_out ? "it took too long" : result->output;

	if (!result->status)
		return false;
	restore_error(rs, "cannot put its %s back: %.*s", what, (int)strcspn(why, "\n"), why);
	restore_put_back(rs);
	return true;
}

static void files_failed(struct restore *rs, const char *path, const char *why)
{
	restore_error(rs, "cannot put its files back: %s: %s", path, why);
	restore_put_back(rs);
}

static void settle_dirs(struct restore *rs)
{
	int root __cleanup(fd_closep) = kept_root(rs->holder);
	const char *path = "them";
	int r = root < 0 ? root : unit_dirs_settle(rs->ckpt->manifest->unit, root, &path);

	if (r < 0)
		files_failed(rs, path, strerror(-r));
	else
		wait_for_addresses(rs);
}

static void on_filled(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;

	if (!child_failed(rs, result, "files"))
		settle_dirs(rs);
}

static int fill(void *userdata)
{
	const struct restore *rs = userdata;
	const char *path = "them";
	int r = kept_fill(rs->m->dev, rs->ckpt, rs->fills_shared, &path);

	if (r < 0)
		dprintf(STDERR_FILENO, "%s: %s\n", path, strerror(-r));
	return r < 0;
}

int restore_fill(struct restore *rs, bool shared, spawn_done_t done)
{
	char *cgroup __cleanup(freep) = NULL;
	struct enter enter = { .pid = rs->holder };
	struct spawn_args spawn = {
		.run = fill,
		.keep_fd = -1,
		.enter = &enter,
		.timeout_usec = FILES_TIMEOUT,
		.done = done,
		.userdata = rs,
	};
	int r = proc_cgroup(rs->holder, &cgroup);

	if (r < 0)
		return r;
	enter.cgroup = cgroup;
	rs->fills_shared = shared;
	spawn_free(rs->loading);
	rs->loading = NULL;
	return spawn_new(rs->m->event, &spawn, &rs->loading);
}

static void load_kept(struct restore *rs)
{
	int root __cleanup(fd_closep) = kept_root(rs->holder);
	const char *path = "them";
	int r = root < 0 ? root : kept_make(rs->ckpt, root, &path);

	if (!r) {
		path = "them";
		r = restore_fill(rs, false, on_filled);
	}
	if (r < 0)
		files_failed(rs, path, strerror(-r));
}

static void load_rest(struct restore *rs)
{
	if (rs->ckpt->manifest->unit->n_kept)
		load_kept(rs);
	else
		settle_dirs(rs);
}

static void on_loaded(void *userdata, const struct spawn_result *result)
{
	struct restore *rs = userdata;

	if (!child_failed(rs, result, "run-time files"))
		load_rest(rs);
}

static int load_files(struct restore *rs, int root)
{
	char *images __cleanup(freep) = path_work(rs->m, rs->ckpt->name);
	char **argv __cleanup(strv_freep) = images ? unit_load_argv(images, root) : NULL;
	struct spawn_args spawn = {
		.argv = argv,
		.keep_fd = root,
		.timeout_usec = FILES_TIMEOUT,
		.done = on_loaded,
		.userdata = rs,
	};

	return argv ? spawn_new(rs->m->event, &spawn, &rs->loading) : -ENOMEM;
}

void restore_unit(struct restore *rs)
{
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	int root __cleanup(fd_closep) = kept_root(rs->holder);
	const char *path = "them";
	int r = root < 0 ? root : unit_dirs_make(unit, root, &path);

	if (r < 0) {
		files_failed(rs, path, r == -EPERM ? "it is somebody else's" : strerror(-r));
		return;
	}
	if (unit->files)
		r = load_files(rs, root);
	if (r < 0) {
		restore_error(rs, "cannot put its run-time files back: %s", strerror(-r));
		restore_put_back(rs);
	} else if (!rs->loading) {
		load_rest(rs);
	}
}

void restore_unit_rising(const Pram__Manifest *mf, uint32_t holder)
{
	int r = rising_add(mf->unit, mf->root_pid, holder);

	if (r < 0)
		log_warning("A daemon-reload now would leave %s activating: %s", mf->name, strerror(-r));
}
