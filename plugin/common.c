// SPDX-License-Identifier: GPL-2.0-only
/*
 * What all hooks use: the device, PIDs as in the images, the entry in CRIU's inventory, and lists.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "criu.h"
#include "plugin.h"

int plugin_dev = -1;
bool plugin_asked;

bool plugin_is_dev(int fd)
{
	struct stat dev, st;

	return plugin_dev >= 0 && !fstat(plugin_dev, &dev) && !fstat(fd, &st) &&
	       S_ISCHR(st.st_mode) && st.st_rdev == dev.st_rdev;
}

pid_t plugin_inner_pid(pid_t pid)
{
	char path[64], line[256];
	pid_t ret = pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char *last = strrchr(line, '\t');

		if (!strncmp(line, "NSpid:", 6) && last)
			sscanf(last, "%d", &ret);
	}
	if (f)
		fclose(f);
	return ret;
}

int plugin_enter_inventory(void)
{
	static bool entered;

	if (!entered && add_inventory_plugin(PLUGIN_NAME) < 0) {
		plugin_error("the plugin cannot be entered into the inventory");
		return -1;
	}
	entered = true;
	return 0;
}

int plugin_next_number(DIR *dir)
{
	struct dirent *e;

	while ((e = readdir(dir)))
		if (isdigit((unsigned char)e->d_name[0]))
			return atoi(e->d_name);
	return -1;
}

int plugin_append(void *list, size_t *n, ProtobufCMessage *item)
{
	ProtobufCMessage **old, **grown;

	memcpy(&old, list, sizeof(old));
	grown = realloc(old, (*n + 1) * sizeof(*grown));
	if (!grown) {
		protobuf_c_message_free_unpacked(item, NULL);
		return -ENOMEM;
	}
	grown[(*n)++] = item;
	memcpy(list, &grown, sizeof(grown));
	return 0;
}
