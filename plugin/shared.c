// SPDX-License-Identifier: GPL-2.0-only
/*
 * Dump: shared memory without a name (anonymous, memfd, SysV). pramd takes it in place after the
 * processes have ended. Until then it stays as it is, and is only hidden from CRIU, which finds
 * no data in it. What cannot be hidden is copied by CRIU. Memory that CRIU could dump but not
 * restore fails the dump.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pram.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"
#include "pluginfiles.h"

#define PAGE 4096u
#define FILES_MAX 256

/* What has been hidden. The hiding ends with CRIU, see docs/kernel.md. */
static struct {
	dev_t dev;
	ino_t ino;
} hidden[FILES_MAX];
static size_t n_hidden;

struct mapping {
	uint64_t start;
	uint64_t end;
	uint64_t offset;
	bool anonymous;
};

/*
 * Parses a line of /proc/PID/maps: START-END PERMISSIONS OFFSET DEVICE INODE NAME. Returns true
 * for a shared mapping of memory without a name.
 */
static bool parse(const char *line, struct mapping *m)
{
	char perms[5];
	int name = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &m->start, &m->end,
		   perms, &m->offset, &name) != 4 ||
	    !name || perms[3] != 's')
		return false;
	m->anonymous = !strncmp(line + name, "/dev/zero (deleted)", 19);
	return m->anonymous || !strncmp(line + name, "/memfd:", 7) ||
	       !strncmp(line + name, "/SYSV", 5);
}

#define MAP_FILE_SIZE 96
static void map_file(int pid, const struct mapping *m, char *buf)
{
	snprintf(buf, MAP_FILE_SIZE, "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, pid, m->start,
		 m->end);
}

static bool is_hidden(const struct stat *st)
{
	for (size_t i = 0; i < n_hidden; i++)
		if (hidden[i].dev == st->st_dev && hidden[i].ino == st->st_ino)
			return true;
	return false;
}

/*
 * Does the mapping cover all of the memory? CRIU takes the size of anonymous memory from its
 * mappings.
 */
static bool is_whole(const struct mapping *m, const struct stat *st)
{
	uint64_t size = ((uint64_t)st->st_size + PAGE - 1) / PAGE * PAGE;

	return !m->anonymous || m->offset + m->end - m->start == size;
}

/*
 * CRIU maps a memfd before it seals it. The kernel refuses F_SEAL_WRITE while a shared mapping
 * through a writable descriptor exists, even a read-only one. The process could create this
 * state, because it sealed the memfd before it mapped it.
 */
static bool cannot_be_sealed(int pid, const struct mapping *m)
{
	char path[MAP_FILE_SIZE];
	struct stat st;
	int fd, seals;

	map_file(pid, m, path);
	/* The mode of the link tells how the file was opened. */
	if (lstat(path, &st) || !(st.st_mode & S_IWUSR))
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	if (fd >= 0)
		close(fd);
	return seals >= 0 && seals & F_SEAL_WRITE;
}

/* Returns 1 if the memory has been hidden now, 0 if CRIU copies it or it is hidden already. */
static int hide(int pid, const struct mapping *m, struct stat *st)
{
	struct pram_hide arg = { .size = sizeof(arg) };
	char path[MAP_FILE_SIZE];
	int r;

	map_file(pid, m, path);
	/* Without O_NONBLOCK this would wait while the process, which is stopped, holds a lease. */
	arg.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (arg.fd < 0 || fstat(arg.fd, st) || st->st_nlink || is_hidden(st) ||
	    st->st_size < MIN_NODE_BYTES || !is_whole(m, st) || n_hidden == FILES_MAX) {
		if (arg.fd >= 0)
			close(arg.fd);
		return 0;
	}
	r = ioctl(plugin_dev, PRAM_IOC_HIDE, &arg);
	if (r < 0)
		plugin_info("shared memory of %d at %" PRIx64 " is left to CRIU: %s", pid, m->start,
			    strerror(errno));
	close(arg.fd);
	if (r < 0)
		return 0;
	hidden[n_hidden].dev = st->st_dev;
	hidden[n_hidden++].ino = st->st_ino;
	return 1;
}

static int append(Pram__Shared *shared, const struct mapping *m, const struct stat *st)
{
	Pram__SharedFile **list = realloc(shared->files, (shared->n_files + 1) * sizeof(*list));
	Pram__SharedFile *f = list ? calloc(1, sizeof(*f)) : NULL;

	if (list)
		shared->files = list;
	if (!f) {
		plugin_error("no memory");
		return -1;
	}
	pram__shared_file__init(f);
	f->has_start = f->has_end = f->has_inode = f->has_bytes = true;
	f->start = m->start;
	f->end = m->end;
	f->inode = st->st_ino;
	f->bytes = (uint64_t)st->st_size;
	list[shared->n_files++] = f;
	return 0;
}

static int write_list(pid_t inner, Pram__Shared *shared)
{
	char name[64];

	shared->has_version = shared->has_pid = true;
	shared->version = SHARED_VERSION;
	shared->pid = (uint32_t)inner;
	snprintf(name, sizeof(name), SHARED_IMAGE, inner);
	return image_write_file(name, &shared->base);
}

int shared_dump(int pid)
{
	Pram__Shared shared = PRAM__SHARED__INIT;
	bool in_place = getenv(ENV_SHARED);
	char *line = NULL, path[64];
	size_t size = 0;
	int r = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	/*
	 * Paths can be longer than PATH_MAX, and a process could have one whose end looks like a
	 * line.
	 */
	while (!r && f && getline(&line, &size, f) > 0) {
		struct mapping m;
		struct stat st;

		if (!parse(line, &m))
			continue;
		if (cannot_be_sealed(pid, &m)) {
			plugin_error("process %d maps, at %" PRIx64
				     ", a memfd that is sealed against "
				     "writing, by a writable descriptor: CRIU could not restore that",
				     pid, m.start);
			r = -1;
		} else if (in_place && hide(pid, &m, &st)) {
			r = append(&shared, &m, &st);
		}
	}
	free(line);
	if (f)
		fclose(f);
	if (!r && shared.n_files)
		r = write_list(plugin_inner_pid(pid), &shared);
	for (size_t i = 0; i < shared.n_files; i++)
		free(shared.files[i]);
	free(shared.files);
	return r;
}
