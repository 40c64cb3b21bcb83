// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "unit/sysv_shm.h"
#include "io.h"
#include "pb.h"
#include "procfiles.h"
#include "str.h"

#define SEGMENTS_MAX (8u << 20)

/* Ids of segments, which are the inode numbers of their mappings. */
struct segments {
	uint32_t *ids;
	size_t n;
};

static int add_attached(const struct proc_mapping *m, void *userdata)
{
	struct segments *s = userdata;

	return str_after(m->path, "/SYSV") ? pb_append_u32(&s->n, &s->ids, (uint32_t)m->ino) : 0;
}

static int attached(Pram__Process *const *procs, size_t n, struct segments *s)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++)
		r = proc_each_mapping(procs[i]->pid, add_attached, s);
	return r;
}

bool sysv_used(Pram__Process *const *procs, size_t n)
{
	struct segments s = {};
	bool used = attached(procs, n, &s) < 0 || s.n;

	free(s.ids);
	return used;
}

static bool has(const struct segments *s, uint32_t id)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->ids[i] == id)
			return true;
	return false;
}

/* Reports a segment in the caller's IPC namespace that is not one of @s. */
static bool foreign_segment(const struct segments *s, struct reason_told *ret)
{
	char *text __cleanup(freep) = NULL;
	char *save = NULL;

	if (read_file("/proc/sysvipc/shm", SEGMENTS_MAX, &text, NULL) < 0)
		return reason_say(REASON_UNIT_UNREADABLE, ret,
				  "the SysV segments cannot be listed");
	for (char *p = strtok_r(text, "\n", &save); p; p = strtok_r(NULL, "\n", &save)) {
		uint32_t id;

		if (sscanf(p, "%*s %" SCNu32, &id) != 1 || has(s, id))
			continue;	/* the heading, or a segment of the unit */
		return reason_say(REASON_SYSV_SHM, ret,
				  "it uses SysV shared memory, and segment %" PRIu32
				  " in its IPC namespace is not its own",
				  id);
	}
	return false;
}

bool sysv_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret)
{
	struct segments s = {};
	struct stat ours, theirs;
	bool problem = false;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/ns/ipc", procs[0]->pid);
	if (attached(procs, n, &s) < 0)
		problem = reason_say(REASON_UNIT_UNREADABLE, ret, "its mappings cannot be read");
	else if (s.n && (stat("/proc/self/ns/ipc", &ours) < 0 || stat(path, &theirs) < 0))
		problem = reason_say(REASON_UNIT_UNREADABLE, ret,
				     "its IPC namespace cannot be determined");
	else if (s.n && ours.st_ino == theirs.st_ino)
		problem = foreign_segment(&s, ret);
	free(s.ids);
	return problem;
}
