// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu/criu_image.h"
#include "criu/link_remaps.h"
#include "criu.pb-c.h"
#include "pb.h"
#include "str.h"

struct search {
	uint32_t *ids;		/* of links, in files.img */
	size_t n_ids;
	char **paths;
	size_t n_paths;
};

static int add_id(void *entry, void *arg)
{
	const Pram__Criu__RemapFilePathEntry *remap = entry;
	struct search *s = arg;

	return remap->remap_type ? 0 : pb_append_u32(&s->n_ids, &s->ids, remap->remap_id);
}

/* An open file of the tree may have any name, so the number has to match, too. */
static bool is_link(const struct search *s, const Pram__Criu__RegFileEntry *reg)
{
	const char *slash = reg->name ? strrchr(reg->name, '/') : NULL;
	char name[32];

	snprintf(name, sizeof(name), "/link_remap.%" PRIu32, reg->id);
	if (!slash || !str_eq(slash, name))
		return false;
	for (size_t i = 0; i < s->n_ids; i++)
		if (s->ids[i] == reg->id)
			return true;
	return false;
}

static int add_path(void *entry, void *arg)
{
	const Pram__Criu__RegFileEntry *reg = ((Pram__Criu__FileEntry *)entry)->reg;
	struct search *s = arg;

	return reg && is_link(s, reg) ? pb_append_str(&s->n_paths, &s->paths, reg->name) : 0;
}

int link_remaps(int dir, char ***ret, size_t *ret_n)
{
	struct search s = {};
	int r = criu_image_walk(dir, "remap-fpath.img", &criu_image_remaps, add_id, &s);

	if (!r && s.n_ids)
		r = criu_image_walk(dir, "files.img", &criu_image_files, add_path, &s);
	free(s.ids);
	*ret = s.paths;
	*ret_n = s.n_paths;
	return r == -ENOENT ? 0 : r;
}
