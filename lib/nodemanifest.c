// SPDX-License-Identifier: GPL-2.0-only
#include "manifest.h"
#include "name.h"
#include "nodemanifest.h"
#include "pramdev.h"
#include "str.h"

Pram__Manifest *nodemanifest_read(int dev, const struct pram_node_info *info)
{
	char *buf __cleanup(freep) = NULL;
	char name[NAME_LEN_MAX + 1];
	const char *file, *problem;
	Pram__Manifest *m;
	size_t len;

	if (info->type != PRAM_NODE_BYTES || info->state == PRAM_STATE_CORRUPT ||
	    !node_split(info->name, name, &file) || !str_eq(file, MANIFEST_FILE))
		return NULL;
	if (pramdev_read_node(dev, info->name, MANIFEST_MAX, &buf, &len) < 0 ||
	    manifest_unpack(buf, len, &m, &problem) < 0)
		return NULL;
	return m;
}
