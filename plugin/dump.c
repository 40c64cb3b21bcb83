// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dump: moves the memory of each process into a node of its own.
 *
 * The open descriptors of the nodes are the only state. If CRIU ends before exit() commits the
 * nodes, for whatever reason, the kernel gives the memory back.
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

#include "attributes.h"
#include "criu.h"
#include "plugin.h"
#include "pluginfiles.h"

/* For smaller mappings a copy by CRIU is faster: see README.md. */
#define MIN_BYTES_DEFAULT (64u << 10)
/*
 * In a larger mapping that has pages shared since a fork(), copying those pages costs less than
 * leaving the mapping to CRIU.
 */
#define MAX_SHARED_DEFAULT (1u << 20)
#define VMAS_MAX 70000	/* mappings of a process; vm.max_map_count is 65530 by default */

#define ENV_MIN_BYTES "PRAM_MIN_BYTES"
#define ENV_MAX_SHARED "PRAM_MAX_SHARED"
#define NODES_DEFAULT "criu/"

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

/*
 * Opens the device by the path that the process has for it. CRIU looks the mapped file up there
 * later. The path is looked up first, and opened only if it is the device: a process may have
 * anything there, and opening some files has an effect.
 */
static int device_of(int pid)
{
	char path[64];
	int look, fd = -ENODEV;

	snprintf(path, sizeof(path), "/proc/%d/root/dev/pram", pid);
	look = open(path, O_PATH | O_CLOEXEC);
	if (look < 0)
		return -errno;
	if (plugin_is_dev(look)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", look);
		fd = open(path, O_RDWR | O_CLOEXEC);
		fd = fd < 0 ? -errno : fd;
	}
	close(look);
	return fd;
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

/* The number of mappings in the list. There may have been more of them. */
static uint32_t listed(const struct pram_take *arg)
{
	return arg->nr_vmas < VMAS_MAX ? arg->nr_vmas : VMAS_MAX;
}

/* What neither CRIU nor the node keeps: the restored process would work, but be less protected. */
static bool would_lose(pid_t pid, const struct pram_take *arg, const struct pram_vma *vmas)
{
	for (uint32_t i = 0; i < listed(arg); i++) {
		const char *what = vmas[i].left == PRAM_LEFT_PKEY ? "has a protection key" :
				   vmas[i].left == PRAM_LEFT_UFFD ? "is registered with userfaultfd" :
								    NULL;

		if (!what)
			continue;
		plugin_error("memory of process %d at %" PRIx64 " %s, which cannot be restored", pid,
			     (uint64_t)vmas[i].start, what);
		return true;
	}
	return false;
}

/* Was a mapping taken? It may have no pages, and still its flags and those of others are kept. */
static bool takes(const struct pram_take *arg, const struct pram_vma *vmas)
{
	bool found = arg->pages;

	for (uint32_t i = 0; !found && i < listed(arg); i++)
		found = vmas[i].left == PRAM_LEFT_NO;
	return found;
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

/*
 * If the process maps the device already, CRIU would omit that memory as if the plugin had taken
 * it.
 */
static bool maps_device(int pid)
{
	char *line = NULL, path[64];
	size_t size = 0;
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && !found && getline(&line, &size, f) > 0)
		found = strstr(line, "/dev/pram\n");
	free(line);
	if (f)
		fclose(f);
	return found;
}

/* Leaves the process, which is unchanged, to CRIU. */
static int leave_to_criu(int node, int pid, const char *why)
{
	if (node >= 0)
		close(node);
	if (maps_device(pid)) {
		plugin_error("the memory of %d is already in a node and cannot be taken: %s", pid, why);
		return -1;
	}
	plugin_warn("the memory of %d is left to CRIU: %s", pid, why);
	return -ENOTSUP;
}

/*
 * Does the process share its memory (CLONE_VM) with one whose memory was taken? CRIU refuses such
 * a pair later, with a reason in its log.
 */
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
	if (shared_dump(pid) < 0 || attributes_dump(pid) < 0)
		return -1;
	if (is_taken(pid))
		return 0;
	inner = plugin_inner_pid(pid);
	node = create_node(inner, name, sizeof(name));
	if (node < 0)
		return leave_to_criu(-1, pid, strerror(-node));
	vmas = calloc(VMAS_MAX, sizeof(*vmas));
	r = vmas ? take(node, pid, &arg, vmas) : -ENOMEM;
	if (r == -EOPNOTSUPP) {
		plugin_error("process %d has mappings or settings that CRIU loses, and no private memory "
			     "with which they could be kept", pid);
	} else if (r < 0) {
		free(vmas);
		return leave_to_criu(node, pid, strerror(-r));
	}
	if (!r && would_lose(pid, &arg, vmas))
		r = -1;
	if (!r && !takes(&arg, vmas)) {
		free(vmas);
		close(node);
		return 0;
	}
	if (!r)
		r = image_write_taken(inner, name, &arg, vmas, listed(&arg));
	free(vmas);
	if (!r)
		r = keep(node, pid, &arg);
	if (r < 0) {
		/* Closing the node gives the memory back; the error lets the dump fail. */
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

/*
 * pramd may have committed the node already, together with those of other trees
 * (PRAM_IOC_COMMIT_ALL). Then the call fails with EINVAL, which can mean nothing else: this is the
 * descriptor of a memory node, and take() has succeeded for it.
 */
static int commit(const struct taken *t)
{
	int r;

	do {
		r = ioctl(t->node, PRAM_IOC_COMMIT);
	} while (r < 0 && errno == EINTR);
	return r < 0 && errno != EINVAL ? -errno : 0;
}

/* The tasks are still frozen. CRIU does not tell whether it is going to kill them. */
void dump_exit(int ret)
{
	bool back = ret || !faccessat(criu_get_image_dir(), GIVE_BACK_FILE, F_OK, 0);
	struct taken *t, *next;
	int r;

	for (t = taken; t; t = next) {
		next = t->next;
		r = back ? 0 : commit(t);
		if (r < 0) {
			/*
			 * If exit() returned, CRIU would kill the tasks although their memory
			 * cannot be kept. If CRIU ends here, they get it back and run on.
			 */
			plugin_error("the memory of %d cannot be kept: %s; giving up", t->pid,
				     strerror(-r));
			_exit(1);
		}
		close(t->node);
		free(t);
	}
	taken = NULL;
}
