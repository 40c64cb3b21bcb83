// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the restore of a unit will need and can be tried now, while the tree is frozen and can still
 * run on: a restore that fails would leave the service down. A rehearsal finds it even earlier.
 */
#include <errno.h>
#include <string.h>

#include "dump/state.h"
#include "unit/outside_files.h"
#include "io.h"

/* Files outside of the unit's mounts are opened again by path. */
static int check_outside(struct dump *d)
{
	const Pram__Unit *unit = d->manifest->unit;

	for (size_t i = 0; i < unit->n_outside; i++) {
		int fd = outside_open(unit->outside[i]);

		if (fd < 0) {
			steps_error(&d->steps,
				    "the restore could not open %s again: %s. Put the file "
				    "back, or restart the service",
				    unit->outside[i]->path, strerror(-fd));
			return fd;
		}
		fd_close(fd);
	}
	return 0;
}

int dump_check_needs(void *op)
{
	struct dump *d = op;
	int r;

	if (!d->unit || d->criu_ended)
		return STEP_DONE;
	r = check_outside(d);
	return r < 0 ? r : STEP_DONE;
}
