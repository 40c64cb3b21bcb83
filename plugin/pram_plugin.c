// SPDX-License-Identifier: GPL-2.0-only
/* The table of hooks, init() and exit(). Handles kernels without PRAM. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"

#define DEVICE "/dev/pram"
#define NUMBERS (1u << 16)	/* takes less than a millisecond */

/* Asks for the plugin at a dump, if CRIU has loaded it without --lib. */
#define ENV_DUMP "PRAM_DUMP"

/*
 * CRIU names links to deleted files by the number of the file: link_remap.N. Two dumps at the same
 * time, or a dump after one whose links are left, must not get the same names in a directory. So
 * the numbers of each dump begin somewhere else.
 */
static void spread_numbers(void)
{
	uint32_t skip, id;

	if (!fd_id_generate_special ||
	    getrandom(&skip, sizeof(skip), GRND_NONBLOCK) != sizeof(skip))
		return;
	for (skip %= NUMBERS; skip; skip--)
		fd_id_generate_special(NULL, &id);
}

/*
 * CRIU loads all that is in its default folder into every dump, also into those of a container's
 * runtime, whose user does not expect memory in PRAM. So a plugin that comes from there does
 * nothing at a dump unless the environment asks. A restore does not have to ask: the images say
 * what it needs.
 */
static bool is_asked(void)
{
	const char *env = getenv(ENV_DUMP);
	struct stat here, usual;
	char path[PATH_MAX];
	Dl_info info;

	if (env && *env)
		return strcmp(env, "0") != 0;
	if (!dladdr(&plugin_dev, &info) || !info.dli_fname)
		return true;
	snprintf(path, sizeof(path), "%s", info.dli_fname);
	return stat(dirname(path), &here) < 0 || stat(CRIU_PLUGINDIR, &usual) < 0 ||
	       here.st_dev != usual.st_dev || here.st_ino != usual.st_ino;
}

static int plugin_init(int stage)
{
	bool needed = stage == STAGE_RESTORE &&
		      check_and_remove_inventory_plugin(PLUGIN_NAME, strlen(PLUGIN_NAME));

	plugin_asked = stage != STAGE_DUMP || is_asked();
	if (stage == STAGE_PRE_DUMP || !plugin_asked)
		return 0;
	plugin_dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (plugin_dev < 0 && needed) {
		plugin_error("the memory of the processes is in PRAM, but %s: %s", DEVICE,
			     strerror(errno));
		return -1;
	}
	if (plugin_dev < 0)
		plugin_info("%s: %s; CRIU copies all memory into the images", DEVICE,
			    strerror(errno));
	if (plugin_enter() < 0)
		return -1;
	if (stage == STAGE_DUMP)
		spread_numbers();
	if (stage == STAGE_RESTORE && !needed && plugin_dev >= 0) {
		close(plugin_dev);
		plugin_dev = -1;
	}
	return 0;
}

static void plugin_exit(int stage, int ret)
{
	if (stage == STAGE_DUMP)
		dump_exit(ret);
	if (stage == STAGE_RESTORE)
		restore_exit();
	if (plugin_dev >= 0)
		close(plugin_dev);
	plugin_dev = -1;
}

struct criu_plugin CR_PLUGIN_DESC = {
	.name = PLUGIN_NAME,
	.init = plugin_init,
	.exit = plugin_exit,
	.version = CRIU_PLUGIN_VERSION,
	.max_hooks = HOOK_MAX,
	.hooks = {
		[HOOK_DUMP_UNIX_SK] = unix_dump,
		[HOOK_RESTORE_UNIX_SK] = unix_restore,
		[HOOK_RESTORE_EXT_FILE] = passed_restore,
		[HOOK_CHECKPOINT_DEVICES] = dump_checkpoint_devices,
		[HOOK_HANDLE_DEVICE_VMA] = dump_handle_device_vma,
		[HOOK_UPDATE_VMA_MAP] = restore_update_vma_map,
		[HOOK_RESUME_DEVICES_LATE] = restore_resume_devices_late,
	},
};
