// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/ioprio.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/enter_sandbox.h"
#include "io.h"
#include "pramdev.h"
#include "str.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/*
 * All of a unit's but two: its user namespace, in which CRIU would have no rights
 * over anything else, and its pid namespace, where pids would be others.
 */
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP)

/*
 * PrivateDevices= gives a unit a /dev of its own, a file system that only the mount is
 * read-only of. A mount of the same that is attached nowhere takes the node,
 * and nothing that the unit sees changes but for that.
 */
static int make_node(dev_t dev)
{
	struct mount_attr attr = { .attr_clr = MOUNT_ATTR_RDONLY };
	int tree __cleanup(fd_closep) = (int)syscall(SYS_open_tree, AT_FDCWD, "/dev",
						     OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		return -errno;
	if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0 ||
	    mknodat(tree, "pram", S_IFCHR | 0600, dev) < 0)
		return -errno;
	return 0;
}

static int need_device(dev_t dev)
{
	struct stat st;

	if (lstat(PRAMDEV_PATH, &st) == 0)
		return S_ISCHR(st.st_mode) && st.st_rdev == dev ? 0 : -EEXIST;
	return errno == ENOENT ? make_node(dev) : -errno;
}

/* What CRIU's children inherit and its images do not hold: as the unit's main process has it. */
static void take_over(uint32_t pid)
{
	cpu_set_t cpus;
	long prio = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);

	if (sched_getaffinity((pid_t)pid, sizeof(cpus), &cpus) == 0)
		sched_setaffinity(0, sizeof(cpus), &cpus);
	if (prio >= 0)
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, prio);
}

static int join_cgroup(int fd)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	return write_full(fd, text, strlen(text));
}

static int fail(const char *what, int r)
{
	dprintf(STDERR_FILENO, "cannot %s: %s\n", what, strerror(-r));
	return r;
}

int enter(const struct enter *e)
{
	char *procs __cleanup(freep) = NULL;
	int cgroup __cleanup(fd_closep) = -1;
	int pidfd __cleanup(fd_closep) = (int)syscall(SYS_pidfd_open, e->pid, 0);
	struct stat dev;
	int r;

	if (pidfd < 0)
		return fail("enter the unit", -errno);
	if (stat(PRAMDEV_PATH, &dev) < 0)
		return fail("find " PRAMDEV_PATH, -errno);
	if (e->cgroup) {
		procs = str_printf(CGROUP_ROOT "%s/cgroup.procs", e->cgroup);
		cgroup = procs ? open(procs, O_WRONLY | O_CLOEXEC) : -1;
		if (cgroup < 0)
			return fail("find the unit's control group", -errno);
		take_over(e->pid);
	}
	if (e->other_ipc && unshare(CLONE_NEWIPC) < 0)
		return fail("leave the IPC namespace", -errno);
	if (setns(pidfd, e->other_ipc ? NAMESPACES & ~CLONE_NEWIPC : NAMESPACES) < 0)
		return fail("enter the unit's namespaces", -errno);
	/* Before the control group is joined, which may forbid it. */
	r = need_device(dev.st_rdev);
	if (r < 0)
		return fail("make " PRAMDEV_PATH " in the unit", r);
	if (cgroup >= 0) {
		r = join_cgroup(cgroup);
		if (r < 0)
			return fail("join the unit's control group", r);
	}
	return 0;
}
