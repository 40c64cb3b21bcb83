// SPDX-License-Identifier: GPL-2.0-only
/* What a thread has set for itself. CRIU keeps its policy, nice value and real-time priority. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attributes.h"
#include "criu.h"
#include "io.h"
#include "plugin.h"
#include "str.h"

#define CPUS_MAX 8192		/* CONFIG_NR_CPUS of the largest configurations */
#define SLACK_DEFAULT 50000u	/* init's, in nanoseconds */
#define IOPRIO_WHO_PROCESS 1
#define UTIL_MAX 1024u		/* SCHED_CAPACITY_SCALE: no bound */

/* struct sched_attr of sched_setattr(2), which only newer C libraries declare. */
struct attr {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime;
	uint64_t deadline;
	uint64_t period;
	uint32_t util_min;
	uint32_t util_max;
};

union mask {
	uint8_t bytes[CPUS_MAX / 8];
	unsigned long words[CPUS_MAX / 8 / sizeof(unsigned long)];
};

static DIR *open_tasks(int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	return opendir(path);
}

/* Returns the number of bytes, which is the kernel's size of a mask, or a negative errno. */
static long get_cpus(int tid, union mask *m)
{
	long n = syscall(SYS_sched_getaffinity, tid, sizeof(*m), m);

	return n < 0 ? -errno : n;
}

static unsigned int count(const union mask *m, long n)
{
	unsigned int ret = 0;

	for (long i = 0; i < n; i++)
		ret += (unsigned int)__builtin_popcount(m->bytes[i]);
	return ret;
}

/*
 * A mask with all CPUs of this machine is not kept: the next kernel may have more. The kernel does
 * not tell such a mask from that of a thread that has set none.
 */
static int save_cpus(int tid, Pram__Thread *t)
{
	union mask m = {};
	long n = get_cpus(tid, &m);

	if (n < 0)
		return (int)n;
	if (count(&m, n) >= (unsigned long)sysconf(_SC_NPROCESSORS_ONLN))
		return 0;
	t->cpus.data = malloc((size_t)n);
	if (!t->cpus.data)
		return -ENOMEM;
	memcpy(t->cpus.data, m.bytes, (size_t)n);
	t->cpus.len = (size_t)n;
	t->has_cpus = true;
	return 0;
}

/* /proc/TID exists for each thread, and this file is not in /proc/PID/task. */
static void slack_path(int tid, char *buf, size_t size)
{
	snprintf(buf, size, "/proc/%d/timerslack_ns", tid);
}

static int save_slack(int tid, Pram__Thread *t)
{
	uint64_t slack;
	char path[64];
	int r;

	slack_path(tid, path, sizeof(path));
	r = read_line_u64(path, 10, &slack);
	if (r < 0)
		return r;
	/* 0 is what a real-time thread has; writing it would mean the default */
	t->has_timer_slack = slack && slack != SLACK_DEFAULT;
	t->timer_slack = slack;
	return 0;
}

static int save_thread(int tid, Pram__Thread *t)
{
	struct attr attr = { .size = sizeof(attr) };
	long prio = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, tid);
	int r;

	if (prio < 0 || syscall(SYS_sched_getattr, tid, &attr, sizeof(attr), 0) < 0)
		return -errno;
	t->has_io_priority = prio > 0;
	t->io_priority = (uint32_t)prio;
	/* Both are 0 in a kernel without CONFIG_UCLAMP_TASK. */
	t->has_util_min = t->has_util_max = attr.util_max &&
		(attr.util_min || attr.util_max != UTIL_MAX);
	t->util_min = attr.util_min;
	t->util_max = attr.util_max;
	r = save_cpus(tid, t);
	return r ? r : save_slack(tid, t);
}

static int save_one(int tid, Pram__Attributes *to)
{
	Pram__Thread *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	pram__thread__init(t);
	r = save_thread(tid, t);
	if (r || !(t->has_cpus || t->has_io_priority || t->has_timer_slack || t->has_util_max)) {
		pram__thread__free_unpacked(t, NULL);
		return r;
	}
	t->has_tid = true;
	t->tid = (uint32_t)plugin_inner_pid(tid);
	return plugin_append(&to->threads, &to->n_threads, &t->base);
}

int threads_save(int pid, Pram__Attributes *to)
{
	DIR *dir = open_tasks(pid);
	int tid, r = 0;

	if (!dir)
		return -errno;
	while (!r && (tid = plugin_next_number(dir)) >= 0)
		r = save_one(tid, to);
	closedir(dir);
	return r;
}

static int set_clamp(int tid, const Pram__Thread *t)
{
	struct attr attr = {
		.size = sizeof(attr),
		.flags = SCHED_FLAG_KEEP_ALL | SCHED_FLAG_UTIL_CLAMP,
		.util_min = t->util_min,
		.util_max = t->util_max,
	};

	return syscall(SYS_sched_setattr, tid, &attr, 0) < 0 ? -errno : 0;
}

static int set_slack(int tid, uint64_t slack)
{
	char path[64], text[32];
	int fd, r;

	slack_path(tid, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = write_full(fd, text, (size_t)snprintf(text, sizeof(text), "%" PRIu64, slack));
	close(fd);
	return r;
}

static void warn(int tid, const char *what, int r)
{
	if (r < 0)
		plugin_warn("thread %d: %s cannot be set: %s", tid, what, strerror(-r));
}

static void set_thread(int tid, const Pram__Thread *t)
{
	if (t->has_cpus && syscall(SYS_sched_setaffinity, tid, t->cpus.len, t->cpus.data) < 0)
		warn(tid, "its CPUs", -errno);
	if (t->has_io_priority &&
	    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, tid, t->io_priority) < 0)
		warn(tid, "its I/O priority", -errno);
	if (t->has_util_max)
		warn(tid, "its bounds of utilization", set_clamp(tid, t));
	if (t->has_timer_slack)
		warn(tid, "its timer slack", set_slack(tid, t->timer_slack));
}

void threads_set(int pid, const Pram__Attributes *from)
{
	DIR *dir = from->n_threads ? open_tasks(pid) : NULL;
	int tid;

	while (dir && (tid = plugin_next_number(dir)) >= 0) {
		uint32_t inner = (uint32_t)plugin_inner_pid(tid);

		for (size_t i = 0; i < from->n_threads; i++)
			if (from->threads[i]->tid == inner)
				set_thread(tid, from->threads[i]);
	}
	if (dir)
		closedir(dir);
}
