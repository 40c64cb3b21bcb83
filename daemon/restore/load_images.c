// SPDX-License-Identifier: GPL-2.0-only
/* Moves images from nodes into files, and back into nodes if the restore fails. */
#include <errno.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/scan.h"
#include "checkpoint/store.h"
#include "checkpoint/workdir.h"
#include "core/manager.h"
#include "core/paths.h"
#include "criu/command.h"
#include "restore/state.h"
#include "log.h"
#include "manifest.h"
#include "str.h"

int restore_make_place(void *op)
{
	struct restore *rs = op;
	struct manager *m = rs->m;
	int r;

	rs->dir = workdir_open(m, rs->ckpt->name);
	if (rs->dir < 0)
		return rs->dir;
	r = path_make_logs(m, rs->ckpt->name, &rs->logs);
	if (r < 0)
		return r;
	rs->log = str_printf("%s/" CRIU_RESTORE_LOG, rs->logs);
	if (!rs->log)
		return -ENOMEM;
	unlink(rs->log);
	return STEP_DONE;
}

/* Moves one image per call, so that pramd can answer clients in between. */
int restore_load_images(void *op)
{
	struct restore *rs = op;
	const Pram__Manifest *mf = rs->ckpt->manifest;
	const Pram__Image *image;
	int r;

	if (rs->done_images == mf->n_images)
		return STEP_DONE;
	image = mf->images[rs->done_images];
	r = store_get(rs->m->dev, rs->dir, rs->name, image->name);
	if (r < 0) {
		steps_error(&rs->steps, "CRIU's image %s cannot be read from PRAM: %s", image->name,
			    strerror(-r));
		return r;
	}
	rs->done_images++;
	rs->done_bytes += image->bytes;
	steps_progress(&rs->steps, NULL, rs->done_bytes, manifest_bytes(mf));
	return STEP_AGAIN;
}

/* Moves the next image that is a file back into a node. Returns false if there is none left. */
static bool put_image_back(struct restore *rs)
{
	const Pram__Manifest *mf = rs->ckpt->manifest;

	while (rs->images_back < mf->n_images) {
		const char *file = mf->images[rs->images_back++]->name;
		int r;

		if (faccessat(rs->dir, file, F_OK, 0) < 0)
			continue;	/* it is still in its node */
		r = store_put(rs->m->dev, rs->dir, rs->name, file, NULL);
		if (r < 0)
			log_error("Cannot move image %s of checkpoint %s back into PRAM: %s. The checkpoint can "
				  "be restored in this boot, but is lost at a kexec",
				  file, rs->name, strerror(-r));
		return true;
	}
	return false;
}

static void on_stowed(void *userdata, int r, const char *path)
{
	struct restore *rs = userdata;

	if (r < 0)
		log_error("Cannot move %s of checkpoint %s back into PRAM: %s. It is lost at a kexec",
			  path, rs->name, strerror(-r));
	steps_done(&rs->steps, STEP_AGAIN);
}

/* Moves the unit's files back into nodes. They would be lost with the new sandbox. */
static int put_files_back(struct restore *rs)
{
	struct ckpt *c = rs->ckpt;

	rs->files_back = true;
	kept_settle(rs->m->dev, c);
	if (!c->kept || kept_stow(rs->m, c, c->manifest, NULL, on_stowed, rs, &rs->stow) < 0)
		return STEP_AGAIN;
	return STEP_WAIT;
}

int restore_put_back(void *op)
{
	struct restore *rs = op;
	int r;

	if (put_image_back(rs))
		return STEP_AGAIN;
	if (!rs->files_back)
		return put_files_back(rs);
	/* The manifest is missing only if the dump could not write it. */
	r = store_put_manifest(rs->m->dev, rs->ckpt->manifest);
	ckpt_scan(rs->m);
	return r < 0 && r != -EEXIST ? r : STEP_DONE;
}
