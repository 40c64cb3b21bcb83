// SPDX-License-Identifier: GPL-2.0-only
/* The manifest of a checkpoint: begun before the dump, completed while the tree is frozen, kept. */
#include <errno.h>
#include <time.h>

#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/state.h"
#include "unit/describe.h"
#include "beneath.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "proc.h"

/*
 * True if the leader of the session is outside of the tree; it is then what started the tree. CRIU
 * needs --shell-job for that, and gives the tree its own session at the restore.
 */
static bool needs_shell_job(const Pram__Manifest *mf)
{
	struct proc_stat st;

	return proc_stat_read(mf->root_pid, &st) == 0 && st.session &&
	       !proc_tree_has(mf->processes, mf->n_processes, st.session);
}

int dump_describe(void *op)
{
	struct dump *d = op;
	struct manager *m = d->m;
	Pram__Manifest *mf = PB_NEW(Manifest);
	const Pram__Tree *tree;
	int r;

	if (!mf)
		return -ENOMEM;
	d->manifest = mf;
	pb_set(mf, version, MANIFEST_VERSION);
	pb_set(mf, root_pid, d->pid);
	pb_set(mf, for_kexec, d->group != NULL);
	mf->options = d->options ? pb_dup(d->options) : PB_NEW(Options);
	if (!mf->options || pb_str(&mf->name, d->name) < 0 ||
	    pb_str(&mf->boot_id, m->boot_id) < 0 ||
	    pb_str(&mf->kernel_release, m->kernel_release) < 0 ||
	    pb_str(&mf->criu_version, m->criu_version) < 0)
		return -ENOMEM;
	r = proc_tree(d->pid, &mf->processes, &mf->n_processes);
	if (r < 0)
		return r;
	if (d->unit) {
		r = unit_describe(d->unit, &d->unit_conf, mf);
		if (r < 0)
			return r;
	}
	if (needs_shell_job(mf))
		pb_set(mf->options, shell_job, 1);
	tree = registry_find_pid(m, mf->root_pid, mf->processes[0]->starttime);
	return tree && !mf->options->leave_running ? pb_str(&mf->registered_as, tree->name) : 0;
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

int dump_store_manifest(void *op)
{
	struct dump *d = op;
	int r;

	pb_set(d->manifest, dumped_realtime_usec, now_usec(CLOCK_REALTIME));
	r = store_put_manifest(d->m->dev, d->manifest);
	return r < 0 ? r : STEP_DONE;
}
