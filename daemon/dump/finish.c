// SPDX-License-Identifier: GPL-2.0-only
/* Last step of a dump: the checkpoint can be used, and its tree is not registered any more. */
#include <inttypes.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/scan.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/registry.h"
#include "dump/state.h"
#include "manifest.h"
#include "pb.h"
#include "str.h"

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
