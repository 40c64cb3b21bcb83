// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "criu/criu_image.h"
#include "criu/timerfds.h"
#include "criu.pb-c.h"
#include "macro.h"

static int fix(void *entry, void *arg __unused_arg)
{
	Pram__Criu__TimerfdEntry *t = ((Pram__Criu__FileEntry *)entry)->tfd;

	if (!t || !t->ticks || t->vsec || t->vnsec || !t->has_vnsec || !(t->isec || t->insec))
		return 0;
	t->vnsec = 1;
	return 1;
}

int timerfds_correct(int dir)
{
	int r = criu_image_walk(dir, "files.img", &criu_image_files, fix, NULL);

	return r == -ENOENT ? 0 : r;	/* a process may have no files at all */
}
