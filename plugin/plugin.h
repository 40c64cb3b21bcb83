/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the plugin have in common. */
#ifndef PRAM_PLUGIN_PLUGIN_H
#define PRAM_PLUGIN_PLUGIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plugin.pb-c.h"

#define PLUGIN_NAME "pram_plugin"

/* /dev/pram, or -1: then the plugin does nothing. Opened by init(). */
extern int plugin_dev;

/* Is a file the device? */
bool plugin_is_dev(int fd);

/* "pram-PID.img" in the images directory; errors are logged, and -1. */
int image_write(const Pram__Memory *memory);
/* NULL if there is none (*@ret_missing), or it cannot be believed (logged). */
Pram__Memory *image_read(pid_t pid, bool *ret_missing);

/* A whole image in the images directory. -1, logged; NULL (*@ret_missing: there is none). */
int image_write_file(const char *name, const ProtobufCMessage *msg);
uint8_t *image_read_file(const char *name, size_t *ret_len, bool *ret_missing);

/* The restore is to be refused without this plugin: once a dump. -1, logged. */
int plugin_enter_inventory(void);

/* The pid that a process has in its own pid namespace, which its image is named by. */
pid_t plugin_inner_pid(pid_t pid);

/* enter.c: into the unit that pramd names (NS_ENV), if any. -1, logged. */
int plugin_enter(void);

/* dump.c: hooks, and what exit() does */
int dump_checkpoint_devices(int pid);
int dump_handle_device_vma(int fd, const struct stat *st);
void dump_exit(int ret);

/* shared.c: what is hidden from CRIU is on a list. -1, logged: the dump is to fail. */
int shared_dump(int pid);

/* unix.c */
int unix_dump(int fd, int ino);
int unix_restore(int ino);

/* restore.c */
int restore_update_vma_map(const char *path, uint64_t addr, uint64_t old_pgoff,
			   uint64_t *new_pgoff, int *plugin_fd);
int restore_resume_devices_late(int pid);
void restore_exit(void);

#endif /* PRAM_PLUGIN_PLUGIN_H */
