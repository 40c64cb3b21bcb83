// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recovery after an earlier pramd was killed. It relies only on what exists now, not on a saved
 * state:
 *
 *  no manifest                         the dump was not finished: removes nodes and files
 *  manifest, and the dumped tree runs  CRIU was not told to end it: removes nodes and files
 *  manifest, the tree is in its scope  it was restored: removes nodes and files, registers it again
 *  manifest, no tree                   moves files back into nodes, keeps the checkpoint
 *  locked directory                    a CRIU of an earlier pramd works there: waits
 *
 * recover_reboot.c then restores what an interrupted kexec-reboot has ended.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "core/registry.h"
#include "pramd/recover.h"
#include "pramd/recover_reboot.h"
#include "restore/restore.h"
#include "unit/disk_dirs.h"
#include "io.h"
#include "log.h"
#include "manifest.h"
#include "pb.h"
#include "proc.h"
#include "str.h"

#define RETRY_USEC (2 * USEC_PER_SEC)

static void discard(struct manager *m, struct ckpt *c, const char *why)
{
	int r = store_remove_all(m->dev, c->name);

	log_notice("Checkpoint %s is removed: %s", c->name, why);
	if (c->manifest)
		links_remove(c->manifest);
	if (r < 0)
		log_error("Cannot remove the nodes of checkpoint %s: %s", c->name, strerror(-r));
	workdir_remove(m, c->name);
	ckpt_remove(m, c);
}

/* Its processes were ended in this boot. systemd will remove the directories with the sandbox. */
static void stow_disk_dirs(struct manager *m, const struct ckpt *c)
{
	const struct diskdirs where = diskdirs_of(&m->conf, c->name);
	const Pram__Manifest *mf = c->manifest;
	const char *path = NULL;
	int r;

	if (!mf->unit || !ckpt_of_this_boot(m, mf))
		return;
	r = diskdirs_stow(&where, mf->unit, &path);
	if (r < 0)
		log_error("Cannot set the files of %s in %s%s aside: %s. They are lost with its sandbox",
			  c->name, path ? "/" : "its private directories", str_or(path),
			  strerror(-r));
}

/* If an image is in a node already, its file here is empty, and store_put() removes that. */
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
			log_error("Cannot move image %s of checkpoint %s back into PRAM: %s. The checkpoint can "
				  "be restored in this boot, but is lost at a kexec",
				  file, c->name, strerror(-r));
			all = false;
		}
	}
	kept_stow_now(m, c);
	stow_disk_dirs(m, c);
	if (all)
		workdir_remove(m, c->name);
	ckpt_set_state(c, CKPT_READY, NULL);
}

/*
 * The pram-unit-restore of a unit will repeat its request. Until then the root process is entered
 * in its place.
 */
static void restored(struct manager *m, struct ckpt *c)
{
	if (c->manifest->unit)
		restore_mark_unannounced(c->manifest, c->manifest->root_pid);
	restore_forget(m, c);
}

/* Removes trees from the registry that were dumped before pramd could do this. */
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

static void remove_images(struct manager *m, const char *name, int dir)
{
	if (dir >= 0)
		links_remove_made(dir, -1);
	workdir_remove(m, name);
}

/* Handles one directory of images. Returns true if a CRIU works in it. */
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
	if (c && c->state == CKPT_BUSY) {	/* CRIU has ended since the last look */
		ckpt_set_state(c, CKPT_READY, NULL);
		ckpt_scan(m);
		settle_registry(m);	/* again: its tree may have ended in the meantime */
	}
	if (c && c->state == CKPT_CORRUPT)
		log_notice("Checkpoint %s is corrupt: its directory of images stays until pramctl remove",
			   name);
	else if (!c || !c->manifest)
		remove_images(m, name, dir);	/* discard_unfinished() removes its nodes */
	else if (recover_tree_runs(m, c->manifest))
		discard(m, c, "an earlier pramd did not end its processes, which continue to run");
	else if (restore_runs(c->manifest))
		restored(m, c);
	else if (dir >= 0)
		put_back(m, c, dir);
	fd_close(dir);
	return false;
}

static bool works(const struct manager *m)
{
	return m->jobs || m->unqueued;
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
		/* This instance may be working on it: then it is not a leftover. */
		if (works(m) && c && !c->left)
			busy = true;
		else
			busy |= recover_dir(m, de->d_name);
	}
	closedir(d);
	return busy;
}

/* Removes nodes without a manifest, which are of a dump that was not finished. */
static void discard_unfinished(struct manager *m)
{
	struct ckpt *c, *next;

	for (c = m->ckpts; c; c = next) {
		next = c->next;
		if (c->state == CKPT_READY && !c->manifest)
			discard(m, c, "an earlier pramd did not complete it");
	}
}

/* Counts the images that put_back() could not move into nodes. */
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

/* A checkpoint is complete if each image is a node, or at least a file. */
static void check_whole(struct manager *m)
{
	for (struct ckpt *c = m->ckpts; c; c = c->next) {
		if (c->state != CKPT_READY)
			continue;
		else if (c->images + count_files(m, c) < c->manifest->n_images)
			ckpt_set_state(c, CKPT_CORRUPT, "some of CRIU's images are missing");
		else if (c->memories < c->manifest->n_memory)
			ckpt_set_state(c, CKPT_CORRUPT, "the memory of a process is missing");
		else if (!kept_whole(c))
			ckpt_set_state(c, CKPT_CORRUPT, "files of the service are missing");
	}
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

static bool any_unread(const struct manager *m)
{
	for (const struct ckpt *c = m->ckpts; c; c = c->next)
		if (c->unread)
			return true;
	return false;
}

void recover(struct manager *m)
{
	bool busy, known;

	if (m->dev < 0)
		return;
	ckpt_scan(m);
	settle_registry(m);
	busy = recover_dirs(m);
	known = ckpt_scan(m) >= 0;
	discard_unfinished(m);
	check_whole(m);
	if (known)
		diskdirs_forget(m, NULL);
	busy |= any_unread(m);
	/* Marks and checkpoints may belong to a reboot that this instance carries out. */
	if (works(m)) {
		busy = true;
	} else {
		recover_reboot(m);
	}
	if (busy && !m->recover_timer)
		sd_event_add_time_relative(m->event, &m->recover_timer, CLOCK_MONOTONIC,
					   RETRY_USEC, 0, on_retry, m);
}
