// SPDX-License-Identifier: GPL-2.0-only
/* Corrects timers in CRIU's images, and moves the images into nodes. */
#include <string.h>

#include "checkpoint/store.h"
#include "core/manager.h"
#include "criu/timerfds.h"
#include "dump/state.h"
#include "manifest.h"

int dump_fix_timers(void *op)
{
	struct dump *d = op;
	int r = timerfds_correct(d->dir);

	return r < 0 ? r : STEP_DONE;
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
