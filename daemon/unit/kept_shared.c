// SPDX-License-Identifier: GPL-2.0-only
/* Shared memory without a name: found by what the plugin has listed, restored where CRIU maps it. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "checkpoint/ckpt.h"
#include "io.h"
#include "checkpoint/kept_state.h"
#include "manifest.h"
#include "pb.h"
#include "plugin.pb-c.h"
#include "pluginfiles.h"
#include "procfiles.h"
#include "str.h"

#define LIST_MAX (1u << 20)

/* --- dump --------------------------------------------------------------------------------- */

static int open_mapping(uint32_t pid, uint64_t start, uint64_t end, struct stat *st)
{
	char path[96];
	struct statfs fs;
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/map_files/%" PRIx64 "-%" PRIx64, pid, start, end);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fstat(fd, st) < 0 || fstatfs(fd, &fs) < 0 ? -errno : 0;
	if (!r && (!S_ISREG(st->st_mode) || fs.f_type != TMPFS_MAGIC))
		r = -EINVAL;
	if (!r)
		return fd;
	fd_close(fd);
	return r;
}

static Pram__KeptFile *describe(uint32_t pid, const Pram__SharedFile *sf)
{
	Pram__KeptFile *f = PB_NEW(KeptFile);

	if (f) {
		pb_set(f, pid, pid);
		pb_set(f, start, sf->start);
		pb_set(f, end, sf->end);
		pb_set(f, bytes, sf->bytes);
	}
	return f;
}

static int add(struct kept_found *find, uint32_t pid, const Pram__SharedFile *sf)
{
	struct stat st;
	int fd = open_mapping(pid, sf->start, sf->end, &st);
	int r = fd < 0 ? fd : 0;

	if (!r && (st.st_ino != sf->inode || (uint64_t)st.st_size != sf->bytes))
		r = -ESTALE;
	if (!r && find->unit->n_kept == KEPT_MAX)
		r = -E2BIG;
	if (!r)
		r = kept_known(find, &st) ? -EEXIST : kept_add(find, fd, &st, describe(pid, sf));
	if (r < 0)
		fd_close(fd);
	return r;
}

static int add_list(struct kept_found *find, uint32_t pid, const char *buf, size_t len)
{
	Pram__Shared *list = pram__shared__unpack(NULL, len, (const uint8_t *)buf);
	int r = !list || list->version != SHARED_VERSION || list->pid != pid ? -EBADMSG : 0;

	for (size_t i = 0; !r && i < list->n_files; i++)
		r = add(find, pid, list->files[i]);
	pb_free(list);
	return r;
}

int kept_find_shared(struct kept_found *find, int dir, Pram__Process *const *procs, size_t n_procs)
{
	int r = 0;

	for (size_t i = 0; i < n_procs && !r; i++) {
		char *buf __cleanup(freep) = NULL;
		char name[64];
		size_t len;

		snprintf(name, sizeof(name), SHARED_IMAGE, (int)procs[i]->pid);
		r = read_file_at(dir, name, LIST_MAX, &buf, &len);
		r = r == -ENOENT ? 0 : r < 0 ? r : add_list(find, procs[i]->pid, buf, len);
	}
	return r;
}

/* --- restore ------------------------------------------------------------------------------ */

bool kept_any_shared(const Pram__Unit *unit)
{
	for (size_t i = 0; i < unit->n_kept; i++)
		if (kept_is_shared(unit->kept[i]))
			return true;
	return false;
}

struct place {
	uint64_t at;
	uint64_t start, end;
};

static int find_place(const struct proc_mapping *m, void *userdata)
{
	struct place *p = userdata;

	if (p->at < m->start || p->at >= m->end)
		return 0;
	p->start = m->start;
	p->end = m->end;
	return 1;
}

/* The mapping that begins there may be a part of a larger one now. */
static int open_at(const Pram__KeptFile *f, struct stat *st)
{
	struct place p = { .at = f->start };
	int r = proc_each_mapping(f->pid, find_place, &p);

	if (r <= 0)
		return r < 0 ? r : -ENXIO;
	return open_mapping(f->pid, p.start, p.end, st);
}

int kept_map(struct ckpt *c, const char **ret_path)
{
	const Pram__Unit *u = c->manifest->unit;
	int r = kept_alloc(c, u->n_kept);

	*ret_path = "shared memory";
	for (size_t i = 0; !r && i < u->n_kept; i++) {
		struct stat st;
		int fd;

		if (!kept_is_shared(u->kept[i]))
			continue;
		fd = open_at(u->kept[i], &st);
		if (fd >= 0 && (uint64_t)st.st_size != u->kept[i]->bytes) {
			fd_close(fd);
			fd = -ESTALE;
		}
		if (fd < 0)
			return fd;
		c->kept->v[i].target = fd;
		if (c->kept->v[i].fd < 0)
			kept_store(c, i, fd);
	}
	return r;
}
