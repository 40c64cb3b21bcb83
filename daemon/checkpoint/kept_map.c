// SPDX-License-Identifier: GPL-2.0-only
/* kept_map(): finds shared memory without a name where CRIU has mapped it. */
#include <errno.h>
#include <sys/stat.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept.h"
#include "checkpoint/kept_fds.h"
#include "checkpoint/mapped_file.h"
#include "io.h"
#include "procfiles.h"

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

/*
 * The kernel may have merged the mapping with a neighbour, so look for the one that contains the
 * address.
 */
static int open_at(const Pram__KeptFile *f, struct stat *st)
{
	struct place p = { .at = f->start };
	int r = proc_each_mapping(f->pid, find_place, &p);

	if (r <= 0)
		return r < 0 ? r : -ENXIO;
	return kept_open_mapping(f->pid, p.start, p.end, st);
}

int kept_map(struct ckpt *c, const char **ret_path)
{
	const Pram__Unit *u = c->manifest->unit;
	int r = kept_alloc(&c->kept, u->n_kept);

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
			kept_store(c->name, i, fd);
	}
	return r;
}
