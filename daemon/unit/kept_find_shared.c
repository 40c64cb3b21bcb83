// SPDX-License-Identifier: GPL-2.0-only
/* kept_find_shared(): adds the shared memory without a name that the plugin has listed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint/mapped_file.h"
#include "unit/kept_find.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "plugin.pb-c.h"
#include "pluginfiles.h"
#include "str.h"

#define LIST_MAX (1u << 20)

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
	int fd = kept_open_mapping(pid, sf->start, sf->end, &st);
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
