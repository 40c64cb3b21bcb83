// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the restore of a unit will need and can be tried now, while the tree is frozen and can still
 * run on: a restore that fails would leave the service down. A rehearsal finds it even earlier.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "dump/state.h"
#include "unit/outside_files.h"
#include "io.h"
#include "pramdev.h"
#include "procfiles.h"
#include "reasons.h"
#include "str.h"

/* Files outside of the unit's mounts are opened again by path. */
static int check_outside(struct dump *d)
{
	const Pram__Unit *unit = d->manifest->unit;

	for (size_t i = 0; i < unit->n_outside; i++) {
		int fd = outside_open(unit->outside[i]);

		if (fd < 0) {
			steps_error(&d->steps, "the restore could not open %s: %s", unit->outside[i]->path,
				    strerror(-fd));
			return fd;
		}
		fd_close(fd);
	}
	return 0;
}

/* Memory that the plugin has taken is a mapping of the device, until the process runs again. */
static int is_taken_code(const struct proc_mapping *m, void *userdata __unused_arg)
{
	return m->executable && m->shared && str_eq(m->path, PRAMDEV_PATH);
}

static bool is_noexec(uint32_t pid)
{
	char path[64];
	struct statvfs fs;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/root/dev", pid);
	return statvfs(path, &fs) == 0 && fs.f_flag & ST_NOEXEC;
}

/* CRIU maps the device to restore the memory. Where it is on a noexec mount it cannot map code. */
static int check_code(struct dump *d)
{
	const Pram__Manifest *mf = d->manifest;

	for (size_t i = 0; i < mf->n_processes; i++) {
		uint32_t pid = mf->processes[i]->pid;
		int r = is_noexec(pid) ? proc_each_mapping(pid, is_taken_code, NULL) : 0;

		if (r < 0)
			return r;
		if (!r)
			continue;
		steps_error_named(&d->steps, reasons[REASON_EXECUTABLE_MEMORY].name,
				  "process %" PRIu32 " (%s) has executable memory, which the restore could not "
				  "map where /dev is mounted noexec (PrivateDevices=)", pid,
				  str_or(mf->processes[i]->comm));
		return -EACCES;
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
	if (!r)
		r = check_code(d);
	return r < 0 ? r : STEP_DONE;
}
