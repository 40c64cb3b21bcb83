// SPDX-License-Identifier: GPL-2.0-only
/*
 * Restore: each task maps its node where its memory was. When everything else is restored, the
 * nodes are armed: as soon as a task runs, the kernel replaces the mapping by the memory in the
 * node. Until then the memory stays in the node, whatever happens to CRIU and the tasks.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pram.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attributes.h"
#include "criu.h"
#include "plugin.h"

static const char *node_problem(int err)
{
	switch (err) {
	case ENOENT:
		return "it is not there: restored already, removed, or of another checkpoint";
	case EBUSY:
		return "it is in use by the dumped process or by another restore";
	case EUCLEAN:
		return "it is corrupt";
	default:
		return strerror(err);
	}
}

static int node_call(int dev, unsigned long call, const char *node)
{
	struct pram_open arg = { .size = sizeof(arg) };
	int r;

	if (strlen(node) >= PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	strcpy(arg.name, node);
	r = ioctl(dev, call, &arg);
	return r < 0 ? -errno : r;
}

/* Runs in the task that is restored. The descriptor that init() opened is closed there. */
static int bind(const char *node)
{
	int fd = open("/dev/pram", O_RDWR | O_CLOEXEC), r;

	if (fd < 0) {
		plugin_error("/dev/pram: %s", strerror(errno));
		return -1;
	}
	r = node_call(fd, PRAM_IOC_BIND, node);
	if (r < 0) {
		plugin_error("node %s: %s", node, node_problem(-r));
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * The node with the memory of the calling task, or NULL. Called for each mapping, of which there
 * may be tens of thousands, so the name is cached. Children inherit the cache; the PID says whose
 * name it is.
 */
static const char *own_node(void)
{
	static char name[PRAM_NAME_MAX];
	static pid_t owner;
	Pram__Memory *memory;
	bool missing;

	if (owner == getpid())
		return name;
	memory = image_read(getpid(), &missing);
	if (!memory && missing)
		plugin_error("there is no image with the node of process %d", getpid());
	if (!memory)
		return NULL;
	if (strlen(memory->node) < sizeof(name)) {
		strcpy(name, memory->node);
		owner = getpid();
	} else {
		plugin_error("node %s: %s", memory->node, strerror(ENAMETOOLONG));
	}
	pram__memory__free_unpacked(memory, NULL);
	return owner == getpid() ? name : NULL;
}

/*
 * Each mapping gets its own descriptor, which CRIU closes after mmap(). CRIU shares descriptors
 * between mappings of the same file, but gives each mapping of a device a file id of its own: see
 * fd_id_generate_special() in CRIU's file-ids.c.
 */
int restore_update_vma_map(const char *path, uint64_t addr, uint64_t old_pgoff,
			   uint64_t *new_pgoff, int *plugin_fd)
{
	size_t len = strlen(path);
	const char *node;

	(void)addr;
	if (len < 8 || strcmp(path + len - 8, "dev/pram"))
		return -ENOTSUP;
	node = own_node();
	*plugin_fd = node ? bind(node) : -1;
	if (*plugin_fd < 0)
		return -1;
	*new_pgoff = old_pgoff;
	return 1;
}

/*
 * The tasks that CRIU is going to let run. One whose node is armed gets its memory as soon as it
 * runs; one without a node is here because it must not run either if another task cannot.
 */
struct task {
	struct task *next;
	pid_t pid;
};

static struct task *tasks;
static bool failed;

static int remember(pid_t pid)
{
	struct task *t = malloc(sizeof(*t));

	if (!t)
		return -ENOMEM;
	*t = (struct task){ tasks, pid };
	tasks = t;
	return 0;
}

static int arm(int pid, const char *name)
{
	struct pram_put arg = { .size = sizeof(arg), .flags = PRAM_PUT_ARM };
	int node = node_call(plugin_dev, PRAM_IOC_OPEN, name), r;

	if (node < 0)
		return node;
	r = remember(pid);
	arg.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (!r && (arg.pidfd < 0 || ioctl(node, PRAM_IOC_PUT, &arg) < 0))
		r = -errno;
	if (arg.pidfd >= 0)
		close(arg.pidfd);
	close(node);
	if (r)
		return r;
	plugin_info("%d gets its memory back: %" PRIu64 " pages", pid, (uint64_t)arg.pages);
	return 0;
}

/*
 * If one task cannot be restored, none may run. The memory of an armed task that never runs stays
 * in its node.
 */
static void kill_all(int pid)
{
	failed = true;
	kill(pid, SIGKILL);
	for (struct task *t = tasks; t; t = t->next)
		kill(t->pid, SIGKILL);
}

int restore_resume_devices_late(int pid)
{
	Pram__Memory *memory;
	bool missing;
	int r;

	if (failed) {
		kill_all(pid);
		return -1;
	}
	memory = image_read(plugin_inner_pid(pid), &missing);
	if (attributes_restore(pid) < 0) {
		r = -EUCLEAN;
	} else if (!memory && missing) {
		r = remember(pid);
		if (!r)
			return -ENOTSUP;
	} else {
		r = memory ? arm(pid, memory->node) : -EUCLEAN;
	}
	if (memory)
		pram__memory__free_unpacked(memory, NULL);
	if (!r)
		return 0;
	/* CRIU only logs the return value and lets the tree run, so kill it here. */
	plugin_error("all processes are killed: the memory of %d could not be put back: %s", pid,
		     node_problem(-r));
	kill_all(pid);
	return -1;
}

/* The tasks either run and have their memory, or were killed and it is still in the nodes. */
void restore_exit(void)
{
	struct task *t, *next;

	for (t = tasks; t; t = next) {
		next = t->next;
		free(t);
	}
	tasks = NULL;
}
