/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plugin's complete interface to CRIU: version 0.2.0 of the binary interface, as in CRIU 4.1
 * and 4.2. CRIU refuses a plugin that asks for a newer version or for more hooks than it knows,
 * so this asks for what 4.1 has.
 */
#ifndef PRAM_PLUGIN_CRIU_H
#define PRAM_PLUGIN_CRIU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#define CRIU_PLUGIN_VERSION	((0 << 16) | (2 << 8) | 0)

enum criu_hook {
	HOOK_DUMP_UNIX_SK = 0,
	HOOK_RESTORE_UNIX_SK = 1,
	HOOK_RESTORE_EXT_FILE = 3,
	HOOK_HANDLE_DEVICE_VMA = 7,
	HOOK_UPDATE_VMA_MAP = 8,
	HOOK_RESUME_DEVICES_LATE = 9,
	HOOK_CHECKPOINT_DEVICES = 11,
	HOOK_MAX = 12,
};

enum criu_stage {
	STAGE_DUMP = 0,
	STAGE_PRE_DUMP = 1,
	STAGE_RESTORE = 2,
};

/* Type of the symbol CR_PLUGIN_DESC, which a plugin has to define. */
struct criu_plugin {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int ret);
	unsigned int version;
	unsigned int max_hooks;
	void *hooks[HOOK_MAX];
};

enum criu_level { LEVEL_ERROR = 1, LEVEL_WARN = 2, LEVEL_INFO = 3, LEVEL_DEBUG = 4 };

/* Provided by the criu program. */
extern int criu_get_image_dir(void);
extern void print_on_level(unsigned int level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/*
 * At the dump: enter the plugin in the inventory, so that CRIU refuses to restore without it. At
 * the restore: does the inventory name the plugin?
 */
extern int add_inventory_plugin(const char *name);
extern bool check_and_remove_inventory_plugin(const char *name, size_t n);

/*
 * A new number for an open file in the images. Not a part of the interface, so it may be missing.
 */
extern int fd_id_generate_special(void *parms, uint32_t *id) __attribute__((weak));

#define plugin_error(fmt, ...) \
	print_on_level(LEVEL_ERROR, "Error (pram_plugin): " fmt "\n", ##__VA_ARGS__)
#define plugin_warn(fmt, ...) \
	print_on_level(LEVEL_WARN, "Warn  (pram_plugin): " fmt "\n", ##__VA_ARGS__)
#define plugin_info(fmt, ...) print_on_level(LEVEL_INFO, "pram_plugin: " fmt "\n", ##__VA_ARGS__)

#endif /* PRAM_PLUGIN_CRIU_H */
