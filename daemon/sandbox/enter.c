// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/enter.h"
#include "io.h"
#include "namespaces.h"
#include "pramdev.h"
#include "str.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/*
 * CPU affinity and I/O priority are not in CRIU's images; its children inherit them. So take them
 * over from the unit's main process.
 */
static void copy_scheduling(uint32_t pid)
{
	cpu_set_t cpus;
	long prio = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);

	if (sched_getaffinity((pid_t)pid, sizeof(cpus), &cpus) == 0)
		sched_setaffinity(0, sizeof(cpus), &cpus);
	if (prio >= 0)
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, prio);
}

static int fail(const char *what, int r)
{
	dprintf(STDERR_FILENO, "cannot %s: %s\n", what, strerror(-r));
	return r;
}

static int open_all(const struct sandbox *s, struct ns *ns)
{
	char *procs __cleanup(freep) = NULL;
	char buf[256];
	int r = ns_open(s->pid, ns);

	if (r == -EPERM && ns_problem(s->pid, buf, sizeof(buf))) {
		dprintf(STDERR_FILENO, "%s\n", buf);
		return r;
	}
	if (r < 0)
		return fail("open the unit's namespaces", r);
	ns->new_ipc = s->other_ipc;
	if (!s->cgroup)
		return 0;
	procs = str_printf(CGROUP_ROOT "%s/cgroup.procs", s->cgroup);
	ns->cgroup_procs = procs ? open(procs, O_WRONLY | O_CLOEXEC) : -1;
	if (ns->cgroup_procs < 0)
		return fail("find the unit's control group", -errno);
	copy_scheduling(s->pid);
	return 0;
}

int sandbox_enter(const void *sandbox)
{
	struct ns ns = NS_NONE;
	const char *what;
	struct stat dev;
	int r;

	if (stat(PRAMDEV_PATH, &dev) < 0)
		return fail("find " PRAMDEV_PATH, -errno);
	r = open_all(sandbox, &ns);
	if (!r) {
		r = ns_enter(&ns, dev.st_rdev, &what);
		if (r < 0)
			fail(what, r);
	}
	ns_close(&ns);
	return r;
}

static int inherit(int fd)
{
	return fd < 0 || fcntl(fd, F_SETFD, 0) == 0 ? 0 : -errno;
}

int sandbox_enter_by_plugin(const void *sandbox)
{
	struct ns ns = NS_NONE;
	char text[NS_TEXT_MAX];
	int r = open_all(sandbox, &ns);

	for (size_t i = 0; !r && i < NS_COUNT; i++)
		r = inherit(ns.fds[i]);
	if (!r)
		r = inherit(ns.cgroup_procs);
	if (r < 0)
		return r;
	ns_format(&ns, text);
	return setenv(NS_ENV, text, true) < 0 ? -errno : 0;
}
