/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interfaces between the files of the plugin. Functions that return int return -1 after they have
 * logged an error.
 */
#ifndef PRAM_PLUGIN_PLUGIN_H
#define PRAM_PLUGIN_PLUGIN_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "plugin.pb-c.h"

#define PLUGIN_NAME "pram_plugin"

/* common.c: what all hooks use. */

/* /dev/pram, or -1 if it cannot be opened; then the plugin does nothing. Opened by init(). */
extern int plugin_dev;

/* False during a dump that loads the plugin without having asked for it: then it does nothing. */
extern bool plugin_asked;

/* Is @fd the device? */
bool plugin_is_dev(int fd);

struct pram_take;
struct pram_vma;

/*
 * Write and read pram-PID.img. image_write_taken() describes the memory that was moved into @node,
 * with the first @n mappings. image_read() returns NULL if there is no such image
 * (*@ret_missing) or if it is invalid (logged). The caller frees the message with
 * pram__memory__free_unpacked().
 */
int image_write_taken(pid_t pid, char *node, const struct pram_take *arg,
		      const struct pram_vma *vmas, uint32_t n);
Pram__Memory *image_read(pid_t pid, bool *ret_missing);

/*
 * Write and read whole images. image_read_file() returns a new buffer, or NULL: *@ret_missing
 * says that there is no such image, any other error has been logged.
 */
int image_write_file(const char *name, const ProtobufCMessage *msg);
uint8_t *image_read_file(const char *name, size_t *ret_len, bool *ret_missing);

/*
 * Enters the plugin in CRIU's inventory, so that CRIU refuses a restore without it. Does so once
 * a dump.
 */
int plugin_enter_inventory(void);

/* The PID of a process in its own PID namespace, which is the one in the names of images. */
pid_t plugin_inner_pid(pid_t pid);

/* The next entry of /proc/PID/task or /proc/PID/fd, as a number; -1: no more. */
int plugin_next_number(DIR *dir);

/*
 * Adds @item, a new message of a protobuf list, to @list. Frees it and returns -ENOMEM if it
 * cannot.
 */
int plugin_append(void *list, size_t *n, ProtobufCMessage *item);

/* enter.c: enters the unit that pramd names in NS_ENV, if any. */
int plugin_enter(void);

/* dump.c: hooks of the dump, and what exit() does after one. */
int dump_checkpoint_devices(int pid);
int dump_handle_device_vma(int fd, const struct stat *st);
void dump_exit(int ret);

/* shared.c: hides shared memory from CRIU and lists it in shared-PID.img. */
int shared_dump(int pid);

/* unix.c: hooks for streams to the journal. */
int unix_dump(int fd, int ino);
int unix_restore(int ino);

/* passed.c: hook for sockets that systemd passes to the unit. */
int passed_restore(int id);

/* restore.c: hooks of the restore, and what exit() does after one. */
int restore_update_vma_map(const char *path, uint64_t addr, uint64_t old_pgoff,
			   uint64_t *new_pgoff, int *plugin_fd);
int restore_resume_devices_late(int pid);
void restore_exit(void);

#endif /* PRAM_PLUGIN_PLUGIN_H */
