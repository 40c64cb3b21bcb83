// SPDX-License-Identifier: GPL-2.0-only
/* Writes and reads attributes-PID.img. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attributes.h"
#include "criu.h"
#include "plugin.h"

#define ATTRIBUTES_VERSION 1
#define IMAGE "attributes-%d.img"

static int write_image(pid_t inner, Pram__Attributes *a)
{
	char name[64];

	a->has_version = a->has_pid = true;
	a->version = ATTRIBUTES_VERSION;
	a->pid = (uint32_t)inner;
	snprintf(name, sizeof(name), IMAGE, inner);
	return image_write_file(name, &a->base) < 0 ? -1 : plugin_enter_inventory();
}

int attributes_dump(int pid)
{
	Pram__Attributes *a = calloc(1, sizeof(*a));
	int r;

	if (!a) {
		plugin_error("no memory");
		return -1;
	}
	pram__attributes__init(a);
	r = threads_save(pid, a);
	if (!r)
		r = descriptors_save(pid, a);
	if (r < 0 && r != -EOPNOTSUPP)
		plugin_error("the attributes of process %d cannot be read: %s", pid, strerror(-r));
	if (!r && (a->n_threads || a->n_descriptors))
		r = write_image(plugin_inner_pid(pid), a);
	pram__attributes__free_unpacked(a, NULL);
	return r < 0 ? -1 : 0;
}

/* A process without an image has nothing to set. */
int attributes_restore(int pid)
{
	Pram__Attributes *a;
	bool missing;
	uint8_t *buf;
	size_t len = 0;
	char name[64];

	snprintf(name, sizeof(name), IMAGE, plugin_inner_pid(pid));
	buf = image_read_file(name, &len, &missing);
	if (!buf)
		return missing ? 0 : -1;
	a = pram__attributes__unpack(NULL, len, buf);
	free(buf);
	if (!a || a->version != ATTRIBUTES_VERSION) {
		plugin_error("%s is damaged or was written by another version of the plugin", name);
		if (a)
			pram__attributes__free_unpacked(a, NULL);
		return -1;
	}
	threads_set(pid, a);
	descriptors_set(pid, a);
	pram__attributes__free_unpacked(a, NULL);
	return 0;
}
