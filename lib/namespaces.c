// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "io.h"
#include "namespaces.h"

#define DEVICE "/dev/pram"
#define PROC_ROOT_INODE 1	/* of the root directory of any procfs, and of nothing below it */

static const struct {
	const char *name;	/* file name in /proc/PID/ns */
	const char *label;
	int flag;
} types[NS_COUNT] = {
	{ "mnt", "mount", CLONE_NEWNS },
	{ "uts", "UTS", CLONE_NEWUTS },
	{ "ipc", "IPC", CLONE_NEWIPC },
	{ "net", "network", CLONE_NEWNET },
	{ "cgroup", "cgroup", CLONE_NEWCGROUP },
};

#define IPC 2	/* index in @types */

/* --- checks --------------------------------------------------------------------------------- */

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
	       sa.st_ino == sb.st_ino;
}

int ns_process(uint32_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%" PRIu32, pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_ns(int process, const char *name)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "ns/%s", name);
	fd = openat(process, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_own_user_ns(void)
{
	int fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* NS_GET_USERNS fails with EPERM if the owner is outside of our own user namespace. */
static bool belongs_to(int ns, int user_ns)
{
	int owner __cleanup(fd_closep) = ioctl(ns, NS_GET_USERNS);

	return owner >= 0 && same_file(owner, user_ns);
}

/*
 * With PrivateUsers= systemd creates the user namespace as root. One that a service created
 * belongs to the service's user.
 */
static bool made_by_root(int user_ns, int own)
{
	int parent __cleanup(fd_closep) = ioctl(user_ns, NS_GET_PARENT);
	uid_t owner;

	return parent >= 0 && same_file(parent, own) &&
	       ioctl(user_ns, NS_GET_OWNER_UID, &owner) == 0 && owner == 0;
}

/*
 * Returns 0, or 1 with the kind of namespace that must not be entered in @ret_label, or a
 * negative errno.
 */
static int check(int process, const char **ret_label)
{
	int own __cleanup(fd_closep) = open_own_user_ns();
	int user __cleanup(fd_closep) = own < 0 ? -1 : open_ns(process, "user");

	if (own < 0 || user < 0)
		return own < 0 ? own : user;
	if (!same_file(user, own) && !made_by_root(user, own)) {
		*ret_label = "user";
		return 1;
	}
	for (size_t i = 0; i < NS_COUNT; i++) {
		int fd __cleanup(fd_closep) = open_ns(process, types[i].name);

		if (fd < 0)
			return fd;
		if (!belongs_to(fd, own)) {
			*ret_label = types[i].label;
			return 1;
		}
	}
	return 0;
}

bool ns_allowed(int process)
{
	const char *label;

	return check(process, &label) == 0;
}

const char *ns_problem(uint32_t pid, char *buf, size_t size)
{
	int process __cleanup(fd_closep) = ns_process(pid);
	const char *label;
	int r = process < 0 ? process : check(process, &label);

	if (!r)
		return NULL;
	if (r < 0)
		snprintf(buf, size, "the namespaces of process %" PRIu32 " cannot be examined: %s",
			 pid, strerror(-r));
	else
		snprintf(buf, size,
			 "process %" PRIu32 " has made a user namespace: its %s namespace does "
			 "not belong to the host's user namespace, and root must not enter it",
			 pid, label);
	return buf;
}

/* --- descriptors ---------------------------------------------------------------------------- */

int ns_open(uint32_t pid, struct ns *ret)
{
	int own __cleanup(fd_closep) = open_own_user_ns();
	int process __cleanup(fd_closep) = ns_process(pid);
	int r = own < 0 ? own : process < 0 ? process : 0;

	for (size_t i = 0; i < NS_COUNT; i++)
		ret->fds[i] = -1;
	for (size_t i = 0; !r && i < NS_COUNT; i++) {
		ret->fds[i] = open_ns(process, types[i].name);
		if (ret->fds[i] < 0)
			r = ret->fds[i];
		else if (!belongs_to(ret->fds[i], own))
			r = -EPERM;
	}
	for (size_t i = 0; r && i < NS_COUNT; i++)
		ret->fds[i] = fd_close(ret->fds[i]);
	return r;
}

void ns_close(struct ns *ns)
{
	for (size_t i = 0; i < NS_COUNT; i++)
		ns->fds[i] = fd_close(ns->fds[i]);
	ns->cgroup_procs = fd_close(ns->cgroup_procs);
}

void ns_format(const struct ns *ns, char text[NS_TEXT_MAX])
{
	snprintf(text, NS_TEXT_MAX, "%d %d %d %d %d %d %d", ns->fds[0], ns->fds[1], ns->fds[2],
		 ns->fds[3], ns->fds[4], ns->cgroup_procs, ns->new_ipc);
}

int ns_parse(const char *text, struct ns *ret)
{
	int new_ipc, end = 0;

	if (sscanf(text, "%d %d %d %d %d %d %d%n", &ret->fds[0], &ret->fds[1], &ret->fds[2],
		   &ret->fds[3], &ret->fds[4], &ret->cgroup_procs, &new_ipc, &end) != 7 ||
	    text[end])
		return -EINVAL;
	ret->new_ipc = new_ipc;
	return 0;
}

/* --- entering ------------------------------------------------------------------------------- */

/*
 * With PrivateDevices= a unit has its own /dev, a tmpfs whose mount is read-only. Create the node
 * through a clone of the mount that is writable and not attached anywhere: the unit's view does
 * not change otherwise.
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

static int ensure_device(dev_t dev)
{
	struct stat st;

	if (lstat(DEVICE, &st) == 0)
		return S_ISCHR(st.st_mode) && st.st_rdev == dev ? 0 : -EEXIST;
	return errno == ENOENT ? make_node(dev) : -errno;
}

/*
 * Paths below /proc are used next. Check that /proc is a procfs (and not a directory of the unit)
 * and that /proc/1/root is the host's root, which the caller has open as @host.
 */
static int check_proc(int host)
{
	int root __cleanup(fd_closep) = -1;
	struct statfs fs;
	struct stat st;

	if (statfs("/proc", &fs) < 0 || stat("/proc", &st) < 0)
		return -errno;
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INODE)
		return -EPERM;
	root = open("/proc/1/root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	return same_file(root, host) ? 0 : -EPERM;
}

static int set_namespaces(const struct ns *ns)
{
	if (ns->new_ipc && unshare(CLONE_NEWIPC) < 0)
		return -errno;
	for (size_t i = 0; i < NS_COUNT; i++)
		if (ns->fds[i] >= 0 && !(i == IPC && ns->new_ipc) &&
		    setns(ns->fds[i], types[i].flag) < 0)
			return -errno;
	return 0;
}

static int join_cgroup(int procs)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	return write_full(procs, text, strlen(text));
}

int ns_enter(const struct ns *ns, uint64_t dev, const char **ret_what)
{
	/* setns() on a mount namespace changes both root and working directory. */
	int cwd __cleanup(fd_closep) = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int host __cleanup(fd_closep) = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r;

	*ret_what = "open the working directory";
	if (cwd < 0 || host < 0)
		return -errno;
	*ret_what = "enter the unit's namespaces";
	r = set_namespaces(ns);
	if (!r && fchdir(cwd) < 0)
		r = -errno;
	if (r)
		return r;
	*ret_what = "use the unit's /proc";
	r = check_proc(host);
	if (r)
		return r;
	/* Create the node first: the device policy of the control group may forbid mknod(). */
	*ret_what = "make " DEVICE " in the unit";
	r = ensure_device((dev_t)dev);
	if (r)
		return r;
	*ret_what = "join the unit's control group";
	return ns->cgroup_procs < 0 ? 0 : join_cgroup(ns->cgroup_procs);
}
