// SPDX-License-Identifier: GPL-2.0-only
/* The list of files that a search has found (kept_find.h). */
#include <errno.h>

#include "checkpoint/ckpt.h"
#include "checkpoint/kept_fds.h"
#include "unit/kept_find.h"
#include "pb.h"

Pram__KeptFile *kept_known(const struct kept_found *find, const struct stat *st)
{
	for (size_t i = 0; i < find->unit->n_kept; i++)
		if (find->files[i].ino == st->st_ino && find->files[i].dev == st->st_dev)
			return find->unit->kept[i];
	return NULL;
}

int kept_add(struct kept_found *find, int fd, const struct stat *st, Pram__KeptFile *f)
{
	size_t i = find->unit->n_kept;
	int r = f ? pb_append_msg(&find->unit->n_kept, &find->unit->kept, f) : -ENOMEM;

	if (r < 0)
		return r;
	find->files[i] = (struct inuse_file){ .dev = st->st_dev, .ino = st->st_ino };
	find->links[i] = st->st_nlink;
	find->c->kept->v[i].fd = fd;
	find->c->kept->n = i + 1;
	return 0;
}
