// SPDX-License-Identifier: GPL-2.0-only
/*
 * pram-generator: keeps the pids free that a restore needs.
 *
 * CRIU gives processes the pids that they had, and a fresh boot hands out the
 * same low numbers again. So, before the first service starts, the next pid is
 * raised: to PID_FLOOR on every boot, and above the highest id in any
 * checkpoint where there are some. What a boot starts on its own, kernel
 * threads and the children that PID 1 has had before, stays below the floor,
 * what it starts later comes to lie above all that is to be restored, and what
 * is worth keeping was started later.
 *
 * It generates no unit, says nothing unless something is wrong, and never
 * fails: a boot without it is still a boot.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io.h"
#include "log.h"
#include "manifest.h"
#include "name.h"
#include "pramdev.h"
#include "str.h"

#define PID_FLOOR 2000
#define PID_MAX "4194304"	/* what systemd sets a little later anyway */
#define PID_MAX_SMALL 32768
#define NODES_MAX 100000	/* whatever the kernel says, this ends */
#define MARK "/run/pram-pid-floor"

static uint32_t node_max_pid(int dev, const struct pram_node_info *info)
{
	char *buf __cleanup(freep) = NULL;
	char name[NAME_LEN_MAX + 1];
	const char *file, *problem;
	Pram__Manifest *m;
	uint32_t max;
	size_t len;

	if (info->type != PRAM_NODE_BYTES || info->state == PRAM_STATE_CORRUPT ||
	    !node_split(info->name, name, &file) || !str_eq(file, MANIFEST_FILE))
		return 0;
	if (pramdev_read_node(dev, info->name, MANIFEST_MAX, &buf, &len) < 0 ||
	    manifest_unpack(buf, len, &m, &problem) < 0)
		return 0;	/* pramd will name it */
	max = manifest_max_pid(m);
	pram__manifest__free_unpacked(m, NULL);
	return max;
}

static uint32_t floor_of_checkpoints(void)
{
	int dev __cleanup(fd_closep) = pramdev_open(PRAMDEV_PATH);
	struct pram_node_info info = {};
	uint32_t floor = PID_FLOOR;

	for (unsigned int i = 0; dev >= 0 && i < NODES_MAX && pramdev_next(dev, &info) > 0; i++) {
		uint32_t max = node_max_pid(dev, &info);

		if (max > floor)
			floor = max;
	}
	return floor;
}

/*
 * systemd runs generators with /proc read-only. A mount of our own, that is
 * never attached anywhere, is not.
 */
static int open_proc(void)
{
	int fs, mnt = -1;

	fs = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
	if (fs >= 0 && syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mnt = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	fd_close(fs);
	return mnt >= 0 ? mnt : open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int write_at(int dir, const char *path, const char *text)
{
	int fd __cleanup(fd_closep) = openat(dir, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? -errno : write_full(fd, text, strlen(text));
}

static int raise_floor(int proc, uint32_t floor)
{
	char *now __cleanup(freep) = NULL;
	char text[16];
	uint64_t last;
	int r = read_file_at(proc, "sys/kernel/ns_last_pid", 64, &now, NULL);

	if (r < 0)
		return r;
	r = str_u64(str_trim(now), 10, &last);
	if (r < 0 || last >= floor)
		return r;
	if (floor >= PID_MAX_SMALL - PID_FLOOR)
		write_at(proc, "sys/kernel/pid_max", PID_MAX);
	snprintf(text, sizeof(text), "%u", floor);
	return write_at(proc, "sys/kernel/ns_last_pid", text);
}

int main(void)
{
	const char *scope = getenv("SYSTEMD_SCOPE");
	const char *initrd = getenv("SYSTEMD_IN_INITRD");
	int proc, r;

	/* Not for a user's manager, nor before the real root; once a boot, not at daemon-reload. */
	if ((scope && !str_eq(scope, "system")) || (initrd && str_eq(initrd, "1")) ||
	    access(MARK, F_OK) == 0)
		return 0;
	proc = open_proc();
	r = proc < 0 ? -errno : raise_floor(proc, floor_of_checkpoints());
	fd_close(proc);
	if (r < 0)
		log_warning("pram-generator: cannot keep pids free: %s", strerror(-r));
	else
		write_file_atomic(MARK, "\n", 1);
	return 0;
}
