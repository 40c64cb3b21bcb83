// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dump: the memory of each process goes into a node of its own.
 *
 * The nodes' descriptors are all there is of a dump under way. Until exit() commits
 * them, whatever ends this process gives the memory back.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <linux/pram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"

/* Smaller mappings are quicker copied by CRIU: see README.md. */
#define MIN_BYTES_DEFAULT (64u << 10)
/* In a larger one that a fork() has shared, a copy costs less than what CRIU would do. */
#define MAX_SHARED_DEFAULT (1u << 20)
#define VMAS_MAX 70000	/* a process's mappings: the kernel's default limit is 65530 */

/* Set by pramd: what the nodes' names begin with. */
#define ENV_NODES "PRAM_NODES"
#define ENV_MIN_BYTES "PRAM_MIN_BYTES"
#define ENV_MAX_SHARED "PRAM_MAX_SHARED"
#define NODES_DEFAULT "criu/"
/* Left by pramd's post-dump hook: the tree is going to run on. */
#define GIVE_BACK ".pram-give-back"

struct taken {
	struct taken *next;
	int node;
	pid_t pid;
	uint64_t pages;
	uint64_t copied;
};

static struct taken *taken;

static uint64_t setting(const char *variable, uint64_t standard)
{
	const char *text = getenv(variable);
	char *end;
	uint64_t value = text ? strtoull(text, &end, 0) : 0;

	return text && *text && !*end ? value : standard;
}

static int create_node(pid_t pid, char *name, size_t size)
{
	const char *prefix = getenv(ENV_NODES);
	struct pram_create arg = { .size = sizeof(arg), .type = PRAM_NODE_MEMORY };
	uint64_t id;
	int fd;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -EIO;
	snprintf(name, size, "%smem-%d-%016" PRIx64, prefix && *prefix ? prefix : NODES_DEFAULT,
		 pid, id);
	if (strlen(name) >= PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	strcpy(arg.name, name);
	fd = ioctl(plugin_dev, PRAM_IOC_CREATE, &arg);
	return fd < 0 ? -errno : fd;
}

/* The device as the process sees it: CRIU will look the mapped file up there. */
static int device_of(int pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/root/dev/pram", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && !plugin_is_dev(fd)) {
		close(fd);
		return -ENODEV;
	}
	return fd < 0 ? -errno : fd;
}

static int take(int node, int pid, struct pram_take *arg, struct pram_vma *vmas)
{
	int r = 0;

	*arg = (struct pram_take){
		.size = sizeof(*arg),
		.pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
		.min_bytes = setting(ENV_MIN_BYTES, MIN_BYTES_DEFAULT),
		.max_shared = setting(ENV_MAX_SHARED, MAX_SHARED_DEFAULT),
		.vmas = (uintptr_t)vmas,
		.nr_vmas = VMAS_MAX,
	};
	if (arg->pidfd < 0)
		return -errno;
	arg->dev_fd = device_of(pid);
	if (arg->dev_fd < 0)
		r = arg->dev_fd;
	else if (ioctl(node, PRAM_IOC_TAKE, arg) < 0)
		r = -errno;
	close(arg->pidfd);
	if (arg->dev_fd >= 0)
		close(arg->dev_fd);
	return r;
}

/* What a user would not expect; stacks and small mappings are always CRIU's. */
static void say_left(pid_t pid, const struct pram_vma *vma)
{
	static const char *const why[] = {
		[PRAM_LEFT_FLAGS] = "sealed or of a special kind",
		[PRAM_LEFT_UFFD] = "registered with userfaultfd",
		[PRAM_LEFT_PINNED] = "pinned for DMA",
		[PRAM_LEFT_POISON] = "with a memory error",
	};

	if (vma->left < sizeof(why) / sizeof(*why) && why[vma->left])
		plugin_info("%" PRIx64 "-%" PRIx64 " of %d is left to CRIU: %s",
			    (uint64_t)vma->start, (uint64_t)vma->end, pid, why[vma->left]);
}

static int describe(pid_t pid, char *node, const struct pram_take *arg,
		    const struct pram_vma *vmas)
{
	uint32_t n = arg->nr_vmas < VMAS_MAX ? arg->nr_vmas : VMAS_MAX;
	Pram__Mapping *mappings = calloc(n + 1, sizeof(*mappings));
	Pram__Mapping **list = calloc(n + 1, sizeof(*list));
	Pram__Memory memory = PRAM__MEMORY__INIT;
	int r = -1;

	memory.has_pid = memory.has_pages = memory.has_copied = true;
	memory.pid = (uint32_t)pid;
	memory.node = node;
	memory.pages = arg->pages;
	memory.copied = arg->copied;
	memory.n_mappings = n;
	memory.mappings = list;
	for (uint32_t i = 0; mappings && list && i < n; i++) {
		Pram__Mapping *m = list[i] = &mappings[i];

		pram__mapping__init(m);
		m->has_start = m->has_end = m->has_pages = m->has_copied = m->has_left = true;
		m->start = vmas[i].start;
		m->end = vmas[i].end;
		m->pages = vmas[i].pages;
		m->copied = vmas[i].copied;
		m->left = vmas[i].left;
		say_left(pid, &vmas[i]);
	}
	if (mappings && list)
		r = image_write(&memory);
	else
		plugin_error("no memory for an image");
	free(mappings);
	free(list);
	return r;
}

static int keep(int node, int pid, const struct pram_take *arg)
{
	struct taken *t = malloc(sizeof(*t));

	if (!t) {
		plugin_error("no memory");
		return -1;
	}
	*t = (struct taken){ taken, node, pid, arg->pages, arg->copied };
	taken = t;
	return plugin_enter_inventory();
}

/* Does it map the device already? Then CRIU would leave that out, taking it to be ours. */
static bool maps_device(int pid)
{
	char path[64], line[PATH_MAX + 128];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, "/dev/pram\n");
	if (f)
		fclose(f);
	return found;
}

/* Nothing of the process has changed: CRIU can copy it as it always does. */
static int leave(int node, int pid, const char *why)
{
	if (node >= 0)
		close(node);
	if (maps_device(pid)) {
		plugin_error("the memory of %d is in a node already, and cannot be had: %s", pid, why);
		return -1;
	}
	plugin_warn("the memory of %d is left to CRIU: %s", pid, why);
	return -ENOTSUP;
}

/* Its memory is taken already, as another's. CRIU is going to refuse the two, and says why. */
static bool is_taken(int pid)
{
	const struct taken *t = taken;

	while (t && syscall(SYS_kcmp, t->pid, pid, KCMP_VM, 0, 0))
		t = t->next;
	return t;
}

int dump_checkpoint_devices(int pid)
{
	char name[PRAM_NAME_MAX + 64];
	struct pram_vma *vmas;
	struct pram_take arg;
	pid_t inner;
	int node, r;

	if (plugin_dev < 0)
		return -ENOTSUP;
	if (shared_dump(pid) < 0)
		return -1;
	if (is_taken(pid))
		return 0;
	inner = plugin_inner_pid(pid);
	node = create_node(inner, name, sizeof(name));
	if (node < 0)
		return leave(-1, pid, strerror(-node));
	vmas = calloc(VMAS_MAX, sizeof(*vmas));
	r = vmas ? take(node, pid, &arg, vmas) : -ENOMEM;
	if (r < 0 || !arg.pages) {
		free(vmas);
		return r < 0 ? leave(node, pid, strerror(-r)) : (close(node), 0);
	}
	r = describe(inner, name, &arg, vmas);
	free(vmas);
	if (!r)
		r = keep(node, pid, &arg);
	if (r < 0) {
		/* the memory goes back, and the dump fails */
		close(node);
		return -1;
	}
	plugin_info("%" PRIu64 " pages of %d are in node %s, %" PRIu64 " of them copied",
		    (uint64_t)arg.pages, pid, name, (uint64_t)arg.copied);
	return 0;
}

int dump_handle_device_vma(int fd, const struct stat *st)
{
	(void)st;
	return plugin_is_dev(fd) ? 0 : -ENOTSUP;
}

/* The tasks are still frozen, and whether they will be killed is not said. */
void dump_exit(int ret)
{
	bool back = ret || !faccessat(criu_get_image_dir(), GIVE_BACK, F_OK, 0);
	struct taken *t, *next;

	for (t = taken; t; t = next) {
		next = t->next;
		if (!back && ioctl(t->node, PRAM_IOC_COMMIT) < 0) {
			/*
			 * CRIU would go on and kill the tasks, and with them the
			 * memory. Without CRIU they live and get it back.
			 */
			plugin_error("the memory of %d cannot be kept: %s; giving up", t->pid,
				     strerror(errno));
			_exit(1);
		}
		close(t->node);
		free(t);
	}
	taken = NULL;
}
