// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each case is told from what there is, never from what somebody remembered:
 *
 *  no manifest                          unfinished dump: nodes and files go
 *  manifest, the tree that was dumped   CRIU was never told to end it: they go
 *  manifest, the tree in its scope      restored: they go, registered again
 *  manifest, no tree                    files go back into nodes, checkpoint kept
 *  locked directory                     an earlier CRIU works there: wait
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/registry.h"
#include "pramd/recover.h"
#include "restore/report.h"
#include "restore/restore.h"
#include "unit/reload.h"
#include "io.h"
#include "log.h"
#include "manifest.h"
#include "marks.h"
#include "pb.h"
#include "proc.h"
#include "str.h"

#define RETRY_USEC (2 * USEC_PER_SEC)

static void discard(struct manager *m, struct ckpt *c, const char *why)
{
	int r = store_remove_all(m->dev, c->name);

	log_notice("Checkpoint %s is discarded: %s", c->name, why);
	if (r < 0)
		log_error("Cannot remove the nodes of %s: %s", c->name, strerror(-r));
	workdir_remove(m, c->name);
	ckpt_remove(m, c);
}

static bool still_runs(const struct manager *m, const Pram__Manifest *mf)
{
	return mf->boot_id && str_eq(mf->boot_id, m->boot_id) && !mf->options->leave_running &&
	       proc_same(mf->root_pid, mf->processes[0]->starttime);
}

/* An image that is in a node already has at most a husk here: store_put() drops that. */
static void put_back(struct manager *m, struct ckpt *c, int dir)
{
	const Pram__Manifest *mf = c->manifest;
	bool all = true;

	for (size_t i = 0; i < mf->n_images; i++) {
		const char *file = mf->images[i]->name;
		int r;

		if (faccessat(dir, file, F_OK, 0) < 0)
			continue;
		r = store_put(m->dev, dir, c->name, file, NULL);
		if (r < 0) {
			log_error("Image %s of %s stays a file: %s", file, c->name, strerror(-r));
			all = false;
		}
	}
	kept_stow_now(m, c);
	if (all)
		workdir_remove(m, c->name);
	ckpt_set_state(c, CKPT_READY, NULL);
}

/* Of a unit, pram-unit-restore is going to ask for it, again; until then it speaks for itself. */
static void restored(struct manager *m, struct ckpt *c)
{
	if (c->manifest->unit)
		restore_mark_unannounced(c->manifest, c->manifest->root_pid);
	restore_forget(m, c);
}

/* Trees that were dumped, when pramd died before it struck them off the registry. */
static void settle_registry(struct manager *m)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		const Pram__Manifest *mf = c->manifest;
		const Pram__Tree *t;

		if (c->state != CKPT_READY || !mf || !mf->registered_as)
			continue;
		t = registry_find_pid(m, mf->root_pid, mf->processes[0]->starttime);
		if (t && !proc_same(t->pid, t->starttime))
			registry_remove(m, t->name);
	}
}

/* One directory of images; true if somebody works in it. */
static bool recover_dir(struct manager *m, const char *name)
{
	struct ckpt *c = ckpt_find(m, name);
	int dir = workdir_open(m, name);

	if (dir == -EBUSY) {
		c = c ? c : ckpt_add(m, name);
		if (c) {
			ckpt_set_state(c, CKPT_BUSY, NULL);
			c->left = true;
		}
		return true;
	}
	if (c)
		c->left = false;
	if (c && c->state == CKPT_BUSY) {	/* it was, until now */
		ckpt_set_state(c, CKPT_READY, NULL);
		ckpt_scan(m);
		settle_registry(m);	/* its tree may have ended since recover() did that */
	}
	if (c && c->state == CKPT_CORRUPT)
		log_notice("The files of corrupt checkpoint %s are left alone", name);
	else if (!c || !c->manifest)
		workdir_remove(m, name);	/* its nodes are met below */
	else if (still_runs(m, c->manifest))
		discard(m, c, "its processes were never ended and run on");
	else if (restore_runs(c->manifest))
		restored(m, c);
	else if (dir >= 0)
		put_back(m, c, dir);
	fd_close(dir);
	return false;
}

static bool works(const struct manager *m)
{
	return m->jobs || m->beside;
}

static bool recover_dirs(struct manager *m)
{
	char *root __cleanup(freep) = path_work_root(m);
	DIR *d = root ? opendir(root) : NULL;
	struct dirent *de;
	bool busy = false;

	if (!d)
		return false;
	while ((de = readdir(d))) {
		const struct ckpt *c = ckpt_find(m, de->d_name);

		if (!name_valid(de->d_name))
			continue;
		/* It may be one that this instance works on: that is not left over. */
		if (works(m) && c && !c->left)
			busy = true;
		else
			busy |= recover_dir(m, de->d_name);
	}
	closedir(d);
	return busy;
}

/* Nodes without a manifest: a dump that was not finished. */
static void discard_unfinished(struct manager *m)
{
	struct ckpt *c, *next;

	for (c = m->ckpts; c; c = next) {
		next = c->next;
		if (c->state == CKPT_READY && !c->manifest)
			discard(m, c, "it was never finished");
	}
}

/* Images that could not be put back, see put_back(). */
static size_t count_files(struct manager *m, const struct ckpt *c)
{
	char *path __cleanup(freep) = path_work(m, c->name);
	int dir __cleanup(fd_closep) = -1;
	size_t n = 0;

	if (path)
		dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (size_t i = 0; dir >= 0 && i < c->manifest->n_images; i++)
		n += faccessat(dir, c->manifest->images[i]->name, F_OK, 0) == 0;
	return n;
}

/* Whole means: each image is a node, or at least a file. */
static void check_whole(struct manager *m)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		if (c->state != CKPT_READY)
			continue;
		else if (c->images + count_files(m, c) < c->manifest->n_images)
			ckpt_set_state(c, CKPT_CORRUPT, "images are missing");
		else if (c->memories < c->manifest->n_memory)
			ckpt_set_state(c, CKPT_CORRUPT, "memory of a process is missing");
		else if (!kept_whole(c))
			ckpt_set_state(c, CKPT_CORRUPT, "files of the unit's are missing");
	}
}

/*
 * An earlier instance was about to leave with units, and has not. What it had dumped of them
 * is to run again, and none is to be let go of.
 */
static void recover_units(struct manager *m)
{
	bool any = marks_drop(MARK_LEAVING) > 0;

	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		const Pram__Manifest *mf = c->manifest;

		if (c->state != CKPT_READY || !mf || !mf->unit || !mf->boot_id ||
		    !str_eq(mf->boot_id, m->boot_id))
			continue;
		if (mark_set(MARK_RESTORE, c->name) < 0)
			log_error("%s cannot be marked to be restored", c->name);
		reload_ask(m, 0, c->name);
	}
	/* It may also have ended before it saw to it that the drop-in of a unit went. */
	if (any || report_has_unit(m))
		reload_ask(m, 0, NULL);
}

static int on_retry(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		    void *userdata)
{
	struct manager *m = userdata;

	sd_event_source_disable_unref(m->recover_timer);
	m->recover_timer = NULL;
	recover(m);
	return 0;
}

void recover(struct manager *m)
{
	bool busy;

	if (m->dev < 0)
		return;
	ckpt_scan(m);
	settle_registry(m);
	busy = recover_dirs(m);
	ckpt_scan(m);
	discard_unfinished(m);
	check_whole(m);
	/* A reboot of this instance's has marks and checkpoints of its own. */
	if (works(m))
		busy = true;
	else
		recover_units(m);
	if (busy && !m->recover_timer)
		sd_event_add_time_relative(m->event, &m->recover_timer, CLOCK_MONOTONIC,
					   RETRY_USEC, 0, on_retry, m);
}
