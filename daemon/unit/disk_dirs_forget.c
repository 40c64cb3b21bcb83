// SPDX-License-Identifier: GPL-2.0-only
/* Removes what was set aside of units that are not going to be restored. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "core/spawn.h"
#include "unit/disk_dirs.h"
#include "log.h"
#include "str.h"
#include "strv.h"

#define GONE "+gone-"		/* to be removed; no unit has a '+' in its name */
#define RM_TIMEOUT (24 * 3600 * USEC_PER_SEC)

struct removal {
	struct spawn *spawn;
	char *path;
};

static void on_removed(void *userdata, const struct spawn_result *result)
{
	struct removal *rm = userdata;

	if (result->status)
		log_warning("Cannot remove %s", rm->path);
	spawn_free(rm->spawn);
	free(rm->path);
	free(rm);
}

/* Takes @path over. The removal goes on if pramd ends, and is repeated by the next one. */
static void remove_tree(struct manager *m, char *path)
{
	struct removal *rm = calloc(1, sizeof(*rm));

	if (rm)
		rm->path = path;
	if (rm && spawn_command(m->event, strv_of("rm", "-rf", "--one-file-system", "--", path, NULL),
				RM_TIMEOUT, on_removed, rm, &rm->spawn) == 0)
		return;
	log_warning("Cannot remove %s", path);
	free(path);
	free(rm);
}

/* Another checkpoint may get the name at once, so the old directory gets another one first. */
static void forget(struct manager *m, const char *dir, const char *name)
{
	char *path = str_printf("%s/%s", dir, name);
	char *gone = NULL;
	uint64_t number;

	if (path && !str_after(name, GONE)) {
		if (getrandom(&number, sizeof(number), 0) == sizeof(number))
			gone = str_printf("%s/" GONE "%016lx", dir, (unsigned long)number);
		if (gone && rename(path, gone) < 0) {
			if (errno != ENOENT)
				log_warning("Cannot remove %s: %s", path, strerror(errno));
			free(gone);
			free(path);
			return;
		}
		free(path);
		path = gone;
	}
	if (path)
		remove_tree(m, path);
}

void diskdirs_forget(struct manager *m, const char *name)
{
	char *dir __cleanup(freep) = str_printf("%s/tmp", m->conf.state_dir);
	DIR *d = dir && !name ? opendir(dir) : NULL;
	struct dirent *de;

	if (dir && name)
		forget(m, dir, name);
	while (d && (de = readdir(d)))
		if (!str_eq(de->d_name, ".") && !str_eq(de->d_name, "..") &&
		    !ckpt_find(m, de->d_name))
			forget(m, dir, de->d_name);
	if (d)
		closedir(d);
}
