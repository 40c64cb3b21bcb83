// SPDX-License-Identifier: GPL-2.0-only
/*
 * The manifest of a checkpoint as it is stored in PRAM. A manifest that is accepted
 * must have IDs in range, and names that do not lead to other directories.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "manifest.h"
#include "name.h"
#include "str.h"

static void check_image(const char *name, const char *file)
{
	char node[512], back[NAME_LEN_MAX + 1];
	const char *file_back;

	demand(!node_name(name, file, node, sizeof(node)));
	demand(node_split(node, back, &file_back));
	demand(str_eq(back, name) && str_eq(file_back, file));
	demand(!strchr(file, '/') && !str_eq(file, ".") && !str_eq(file, ".."));
	demand(!str_eq(file, MANIFEST_FILE));
}

static void check_ids(const Pram__Process *p)
{
	demand(p->pid >= 1 && p->pid <= PID_LIMIT);
	for (size_t k = 0; k < p->n_tids; k++)
		demand(p->tids[k] >= 1 && p->tids[k] <= PID_LIMIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Pram__Manifest *m, *again;
	uint8_t *one, *two;
	size_t len, len2;
	const char *why = NULL;

	if (manifest_unpack(data, size, &m, &why) < 0) {
		demand(why);
		return 0;
	}
	demand(m->n_processes);
	for (size_t i = 0; i < m->n_processes; i++)
		check_ids(m->processes[i]);
	manifest_bytes(m);
	for (size_t i = 0; i < m->n_images; i++)
		check_image(m->name, m->images[i]->name);
	demand(!manifest_pack(m, &one, &len));
	/* this may fail: protobuf-c keeps a field with number 0, but cannot read it again */
	if (!manifest_unpack(one, len, &again, &why)) {
		demand(!manifest_pack(again, &two, &len2));
		demand(len == len2 && !memcmp(one, two, len));
		free(two);
		pram__manifest__free_unpacked(again, NULL);
	}
	free(one);
	pram__manifest__free_unpacked(m, NULL);
	return 0;
}
