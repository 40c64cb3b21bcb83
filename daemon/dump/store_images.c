// SPDX-License-Identifier: GPL-2.0-only
/* Moves CRIU's images into nodes, and writes the manifest, which makes them a checkpoint. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/scan.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/registry.h"
#include "criu/timerfds.h"
#include "dump/state.h"
#include "beneath.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "proc.h"
#include "str.h"

int dump_fix_timers(void *op)
{
	struct dump *d = op;
	int r = timerfds_mend(d->dir);

	return r < 0 ? r : STEP_DONE;
}

static int find_links(struct dump *d)
{
	int root __cleanup(fd_closep) = beneath_root(d->manifest->root_pid);

	/* A tree may be where root must not look. Its links stay if its checkpoint is lost. */
	return root < 0 ? 0 : links_find(d->dir, root, d->manifest);
}

/* The tree is frozen and all images are written: completes the manifest with what exists. */
int dump_complete_manifest(void *op)
{
	struct dump *d = op;
	Pram__Manifest *mf = d->manifest;
	Pram__Process **procs;
	size_t n;
	int r;

	if (mf->n_images)
		return STEP_DONE;	/* end_without_hook() has done it already */
	r = store_list_files(d->dir, &mf->images, &mf->n_images);
	if (r >= 0)
		r = store_list_memory(d->dir, mf);
	if (r < 0)
		return r;
	if (!dump_tree_lives(d))
		return STEP_DONE;	/* keep the processes that dump_describe() found */
	r = find_links(d);
	if (!r)
		r = proc_tree(mf->root_pid, &procs, &n);
	if (r < 0)
		return r;
	proc_tree_free(mf->processes, mf->n_processes);
	mf->processes = procs;
	mf->n_processes = n;
	d->alive = dump_count_alive(d);
	return manifest_problem(mf) ? -EINVAL : STEP_DONE;
}

/* Moves one image per call, so that pramd can answer clients in between. */
int dump_store_images(void *op)
{
	struct dump *d = op;
	Pram__Manifest *mf = d->manifest;
	const char *file;
	int r;

	if (d->stored == mf->n_images)
		return STEP_DONE;
	file = mf->images[d->stored]->name;
	r = store_put(d->m->dev, d->dir, d->name, file, &d->sum);
	if (r < 0) {
		steps_error(&d->steps, "CRIU's image %s cannot be moved into PRAM: %s", file,
			    strerror(-r));
		return r;
	}
	d->stored++;
	steps_progress(&d->steps, NULL, d->sum.bytes, manifest_bytes(mf));
	return STEP_AGAIN;
}

int dump_store_manifest(void *op)
{
	struct dump *d = op;
	int r;

	pb_set(d->manifest, dumped_realtime_usec, now_usec(CLOCK_REALTIME));
	r = store_put_manifest(d->m->dev, d->manifest);
	return r < 0 ? r : STEP_DONE;
}

static void say_what_is_kept(struct dump *d, const Pram__Manifest *mf)
{
	char *files __cleanup(freep) = NULL;
	uint64_t moved, copied;

	manifest_memory(mf, &moved, &copied);
	if (d->kept_sum.pages)
		files = str_printf(", %" PRIu64 " MiB of %zu files moved (%" PRIu64 " of %" PRIu64
				   " pages copied)", d->kept_sum.pages >> (20 - 12),
				   mf->unit->n_kept, d->kept_sum.copied_pages, d->kept_sum.pages);
	steps_message(&d->steps,
		      "%zu process%s, %" PRIu64 " MiB of memory moved (%" PRIu64 " of %" PRIu64
		      " pages copied)%s, %" PRIu64 " KiB in %zu images",
		      mf->n_processes, mf->n_processes == 1 ? "" : "es", moved >> (20 - 12), copied,
		      moved, str_or(files), d->sum.bytes >> 10, mf->n_images);
}

int dump_finish(void *op)
{
	struct dump *d = op;
	struct ckpt *c = d->ckpt;
	struct manager *m = d->m;

	c->manifest = pb_dup(d->manifest);	/* if NULL, ckpt_scan() reads the node */
	workdir_remove(m, c->name);
	ckpt_set_state(c, CKPT_READY, NULL);
	ckpt_scan(m);
	if (d->manifest->registered_as)
		registry_remove(m, d->manifest->registered_as);
	say_what_is_kept(d, d->manifest);
	return STEP_DONE;
}
