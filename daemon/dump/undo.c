// SPDX-License-Identifier: GPL-2.0-only
/*
 * Undoes a failed dump. Undoing run-criu: the tree runs on, or is restored if it was ended already.
 * Whether it lives is read from /proc after CRIU has ended, and never derived from CRIU's exit
 * status. Undoing make-place: nothing of the checkpoint stays.
 */
#include <errno.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/links.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "criu/tcp_repair.h"
#include "dump/state.h"
#include "restore/restore.h"
#include "beneath.h"
#include "io.h"
#include "log.h"
#include "pb.h"

static void on_restored(void *userdata, const struct outcome *o)
{
	struct dump *d = userdata;

	if (o->code)
		log_error("%s could not be restored after the failed dump: %s", o->name,
			  o->message);
	steps_done(&d->steps, STEP_DONE);
}

/*
 * CRIU has killed the tree, but the checkpoint cannot be kept: restores the tree at once. The
 * images may be files or nodes, but there has to be a manifest. A unit is restored when pramd has
 * systemd start it.
 */
static int restore_at_once(struct dump *d)
{
	struct ckpt *c = d->ckpt;
	int r;

	d->ckpt = NULL;		/* belongs to the restore from now on */
	pb_free(c->manifest);
	c->manifest = pb_dup(d->manifest);
	if (!c->manifest) {
		log_error("No memory to restore %s at once; its images stay in %s/work", c->name,
			  d->m->conf.runtime_dir);
		return -ENOMEM;
	}
	d->dir = fd_close(d->dir);	/* releases the lock */
	ckpt_set_state(c, CKPT_READY, NULL);
	if (!d->unit) {
		restore_start(d->job, d->name, 0, on_restored, d);
		return STEP_WAIT;
	}
	r = store_put_manifest(d->m->dev, d->manifest);
	return r < 0 && r != -EEXIST ? r : STEP_DONE;
}

/*
 * The tree is dead. Was it ended by CRIU, which has committed its memory then? If it was killed
 * while it was frozen, the "no" has made the plugin free the memory: there is no checkpoint.
 */
static bool is_complete(struct dump *d)
{
	if (dump_complete_manifest(d) < 0 || ckpt_scan(d->m) < 0)
		return false;
	return d->ckpt->memories >= d->manifest->n_memory;
}

/* CRIU does this itself, unless it was killed. */
static void clean_up(struct dump *d)
{
	int root __cleanup(fd_closep) = beneath_root(d->manifest->root_pid);

	if (d->manifest->options->tcp_established)
		tcp_repair_end(d->manifest->processes, d->manifest->n_processes, d->log);
	if (root >= 0)
		links_remove_made(d->dir, root);
}

int dump_let_tree_run(void *op)
{
	struct dump *d = op;

	dump_answer_hook(d, PRAM__CODE__CODE_FAILED);
	if (!d->criu)
		return STEP_DONE;
	if (!d->criu_ended)
		return STEP_WAIT;	/* dump_on_criu() has the engine call this function again */
	if (d->ended || (d->images_written && !dump_tree_lives(d) &&
			 !d->manifest->options->leave_running && is_complete(d)))
		return restore_at_once(d);
	if (dump_tree_lives(d))
		clean_up(d);
	return STEP_DONE;
}

/*
 * The tree runs, so removes all of its checkpoint. If the tree has to be restored, the checkpoint
 * belongs to the restore (@d->ckpt is NULL) and stays.
 */
int dump_remove_place(void *op)
{
	struct dump *d = op;
	int r;

	if (!d->ckpt)
		return STEP_DONE;
	r = store_remove_all(d->m->dev, d->name);
	workdir_remove(d->m, d->name);
	ckpt_remove(d->m, d->ckpt);
	d->ckpt = NULL;
	return r < 0 ? r : STEP_DONE;
}
