// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of a unit: small ones are archived while the unit is frozen, the others are moved into
 * nodes, or set aside on the disk, when it has ended.
 */
#include <errno.h>
#include <stdlib.h>

#include "checkpoint/kept.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/spawn.h"
#include "criu/tool_reason.h"
#include "criu/unixpaths.h"
#include "dump/state.h"
#include "unit/describe.h"
#include "unit/dirs.h"
#include "unit/disk_dirs.h"
#include "unit/files.h"
#include "unit/info.h"
#include "unit/kept_find.h"
#include "beneath.h"
#include "io.h"
#include "pb.h"
#include "str.h"
#include "strv.h"

static void on_saved(void *userdata, const struct spawn_result *result)
{
	struct dump *d = userdata;

	if (result->timed_out)
		steps_error(&d->steps,
			    "its run-time files could not be saved within %" PRIu64 " s: raise "
			    "DumpTimeoutSec=",
			    (uint64_t)(d->timeout_usec / USEC_PER_SEC));
	else if (result->status)
		tool_failed(&d->steps, TOOL_SAVE, result);
	steps_done(&d->steps, STEP_DONE);
}

static int archive(struct dump *d, char *const *paths, size_t n_paths)
{
	char *images __cleanup(freep) = path_work(d->m, d->name);
	char **argv __cleanup(strv_freep) = NULL;
	int root __cleanup(fd_closep) = beneath_root(d->unit->main_pid);
	struct spawn_args spawn = {
		.keep_fd = root,
		.timeout_usec = d->timeout_usec,
		.done = on_saved,
		.userdata = d,
	};
	int r = images ? root : -ENOMEM;

	if (r >= 0)
		r = unit_save_argv(d->manifest->unit, root, images, paths, n_paths, &argv);
	if (r < 0)
		return r;
	spawn.argv = argv;
	pb_set(d->manifest->unit, files, 1);
	r = spawn_new(d->m->event, &spawn, &d->saving);
	return r < 0 ? r : STEP_WAIT;
}

/* If units share the directories, those of one cannot be taken away: they are archived. */
static int find_disk_dirs(const struct dump *d)
{
	const struct diskdirs where = diskdirs_of(&d->m->conf, d->name);
	int root __cleanup(fd_closep) = -1;

	if (!d->unit->private_tmp || (d->unit->joined && d->unit->joined[0]))
		return 0;
	root = beneath_root(d->unit->main_pid);
	return root < 0 ? root : diskdirs_find(&where, root, d->manifest->unit);
}

static int find_files(struct dump *d, char ***paths, size_t *n)
{
	char *foreign __cleanup(freep) = NULL;
	int r = unit_files(d->unit, d->manifest->unit, paths, n, &foreign);

	if (foreign)
		steps_error(&d->steps,
			    "it reads /%s, which is not its own and is on a tmpfs: the file would not "
			    "exist at the restore. Move the file to a disk, or restart the service without it",
			    foreign);
	return r;
}

static int dirs_failed(struct dump *d, const char *path, int r)
{
	if (path && r == -EPERM)
		steps_error(&d->steps,
			    "%s cannot be restored safely: others can write to a directory of root's "
			    "above it. Take away their permission",
			    path);
	return r;
}

/* CRIU binds a unix socket again, but somebody has to make the directories above it. */
static int find_socket_dirs(struct dump *d)
{
	const char *path = NULL;
	char **paths = NULL;
	size_t n = 0;
	int r = unixpaths(d->dir, &paths, &n);

	if (!r)
		r = unit_dirs_find_sockets(d->unit->main_pid, paths, n, d->manifest->unit, &path);
	if (r < 0)
		dirs_failed(d, path, r);
	strv_free(strv_end(paths, n, 0));
	return r;
}

static int find_dirs(struct dump *d, char *const *paths, size_t n)
{
	const char *path = NULL;
	int r = unit_dirs_find(d->unit->main_pid, paths, n, d->manifest->unit, &path);

	return r < 0 ? dirs_failed(d, path, r) : find_socket_dirs(d);
}

int dump_save_files(void *op)
{
	struct dump *d = op;
	const Pram__Manifest *mf = d->manifest;
	char **paths = NULL;
	size_t n = 0;
	int r;

	if (!d->unit || d->criu_ended)
		return STEP_DONE;
	r = find_disk_dirs(d);
	if (!r)
		r = find_files(d, &paths, &n);
	if (!r)
		r = find_dirs(d, paths, n);
	if (!r)
		r = kept_find(d->unit, paths, n, mf->processes, mf->n_processes, d->dir, mf->unit,
			      d->ckpt);
	if (!r && n)
		r = archive(d, paths, n);
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return dump_looked(d, r);
}

static void on_stored(void *userdata, int r, const char *path)
{
	struct dump *d = userdata;

	if (r < 0)
		steps_error(&d->steps, "its file %s cannot be moved into PRAM: %s", path,
			    strerror(-r));
	steps_done(&d->steps, r);
}

static int stow_disk_dirs(struct dump *d)
{
	const struct diskdirs where = diskdirs_of(&d->m->conf, d->name);
	const char *path = NULL;
	int r = diskdirs_stow(&where, d->manifest->unit, &path);

	if (r < 0)
		steps_error(&d->steps, "its files in %s%s cannot be set aside: %s",
			    path ? "/" : "its private directories", str_or(path), strerror(-r));
	return r;
}

/*
 * The unit has ended, so its files do not change any more: moves those on a tmpfs into nodes, and
 * sets those aside on the disk that systemd would remove.
 */
int dump_store_files(void *op)
{
	struct dump *d = op;
	int r;

	if (!d->unit || dump_tree_lives(d))
		return STEP_DONE;
	r = stow_disk_dirs(d);
	if (r < 0 || !d->manifest->unit->n_kept)
		return r < 0 ? r : STEP_DONE;
	r = kept_stow(d->m, d->ckpt, d->manifest, &d->kept_sum, on_stored, d, &d->stow);
	if (r < 0)
		return r;
	return d->stow ? STEP_WAIT : STEP_DONE;
}
