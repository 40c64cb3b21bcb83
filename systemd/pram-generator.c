// SPDX-License-Identifier: GPL-2.0-only
/*
 * pram-generator: reserves the PIDs that a restore needs, and writes drop-ins that make systemd
 * restore the units that were kept over a kexec.
 *
 * CRIU gives processes the PIDs that they had, but a boot hands out the same low numbers again.
 * So on every boot, before the first service starts, the next PID is raised; if there are
 * checkpoints, above the highest id in any of them (pidfloor.h). Kernel threads and early
 * children of PID 1 stay below the floor. Services start later and get PIDs above it, so a later
 * kexec finds no conflict with the early ones.
 *
 * The drop-ins follow from the checkpoints that exist, and each daemon-reload writes them anew.
 * Once a checkpoint is gone, and systemd knows the main PID of the restored unit (unannounced.h),
 * the unit has no drop-in.
 *
 * Logs problems only, and always succeeds: the boot must not depend on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dropin.h"
#include "io.h"
#include "log.h"
#include "manifest.h"
#include "marks.h"
#include "name.h"
#include "nodemanifest.h"
#include "pb.h"
#include "pidfloor.h"
#include "pramdev.h"
#include "str.h"
#include "unannounced.h"

#define PID_MAX "4194304"	/* systemd sets the same a little later */
#define PID_MAX_SMALL 32768
#define PID_MARGIN 2000
#define NODES_MAX 100000	/* an upper limit, whatever the kernel returns */
#define MARK "/run/pram-pid-floor"
#define TREES "/run/pram-trees"	/* condition of pram-restore.service */

/* What the checkpoints require. */
struct wants {
	const char *dir;	/* where to write drop-ins, or NULL */
	char *boot_id;
	uint32_t *ids;
	size_t n_ids;
	bool restores;		/* there is a checkpoint of an earlier kernel */
	bool trees;		/* there is something that systemd does not restore by itself */
};

static void want_id(struct wants *w, uint32_t id)
{
	if (id && id < PID_LIMIT_MAX && pb_append_u32(&w->n_ids, &w->ids, id) < 0)
		log_warning("pram-generator: no memory to reserve process ID %u", id);
}

static void want_restore(const struct wants *w, const Pram__Unit *u)
{
	if (dropin_restore(w->dir, u) < 0)
		log_warning("pram-generator: cannot write the drop-in for %s in %s: it starts afresh",
			    u->name, w->dir);
}

static void look_at_unannounced(void *userdata, const Pram__Unannounced *r)
{
	want_restore(userdata, r->unit);
}

static void look_at_manifest(const Pram__Manifest *m, struct wants *w)
{
	bool ours;

	for (size_t i = 0; i < m->n_processes; i++) {
		const Pram__Process *p = m->processes[i];

		want_id(w, p->pid);
		for (size_t k = 0; k < p->n_tids; k++)
			want_id(w, p->tids[k]);
	}
	ours = m->boot_id && w->boot_id && str_eq(m->boot_id, w->boot_id);
	w->restores |= !ours;
	/*
	 * A unit that was dumped in this boot waits for the kexec, unless it is marked to be
	 * restored here.
	 */
	if (!w->dir)
		return;
	if (m->lock && !ours && dropin_net_lock(w->dir, m->unit ? m->unit->name : NULL) < 0)
		log_warning("pram-generator: cannot write the drop-in that blocks the packets of %s: "
			    "its connections may break before it is restored",
			    m->name);
	if (!m->unit || (ours && !mark_is_set(MARK_RESTORE, m->unit->name)))
		return;
	want_restore(w, m->unit);
}

/* systemd restores services by itself. True for an intact node that belongs to one. */
static bool is_of_service(const struct pram_node_info *info)
{
	char name[NAME_LEN_MAX + 1];
	const char *file;

	return info->state != PRAM_STATE_CORRUPT && node_split(info->name, name, &file) &&
	       !unit_name_problem(name);
}

static void look_at_node(int dev, const struct pram_node_info *info, struct wants *w)
{
	Pram__Manifest *m = nodemanifest_read(dev, info);

	w->trees |= !is_of_service(info);
	if (!m)
		return;
	look_at_manifest(m, w);
	pram__manifest__free_unpacked(m, NULL);
}

static void look_at_checkpoints(struct wants *w)
{
	int dev __cleanup(fd_closep) = pramdev_open(PRAMDEV_PATH);
	struct pram_node_info info = {};

	for (unsigned int i = 0; dev >= 0 && i < NODES_MAX && pramdev_next(dev, &info) > 0; i++)
		look_at_node(dev, &info, w);
}

/* systemd runs generators with /proc read-only. A detached procfs mount of our own is writable. */
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

static int raise_floor(int proc, struct wants *w)
{
	char *now __cleanup(freep) = NULL;
	char text[16];
	uint32_t floor;
	uint64_t last;
	int r = read_file_at(proc, "sys/kernel/ns_last_pid", 64, &now, NULL);

	if (r < 0)
		return r;
	r = str_u64(str_trim(now), 10, &last);
	if (r < 0 || last > PID_LIMIT_MAX)
		return r;
	floor = pid_floor(w->ids, w->n_ids, (uint32_t)last);
	if (last >= floor)
		return 0;
	if (floor >= PID_MAX_SMALL - PID_MARGIN)
		write_at(proc, "sys/kernel/pid_max", PID_MAX);
	snprintf(text, sizeof(text), "%u", floor);
	return write_at(proc, "sys/kernel/ns_last_pid", text);
}

static void keep_pids_free(struct wants *w)
{
	int proc __cleanup(fd_closep) = open_proc();
	int r = proc < 0 ? -errno : raise_floor(proc, w);

	if (r < 0)
		log_warning("pram-generator: the process IDs of kept processes cannot be reserved: %s. A "
			    "restore may find them in use",
			    strerror(-r));
	else
		write_file_atomic(MARK, "\n", 1);
}

int main(int argc, char **argv)
{
	const char *scope = getenv("SYSTEMD_SCOPE");
	const char *initrd = getenv("SYSTEMD_IN_INITRD");
	struct wants w = { .dir = argc > 1 ? argv[1] : NULL };

	/* Not for user managers, and not in the initrd. */
	if ((scope && !str_eq(scope, "system")) || (initrd && str_eq(initrd, "1")))
		return 0;
	read_line("/proc/sys/kernel/random/boot_id", &w.boot_id);
	look_at_checkpoints(&w);
	free(w.boot_id);
	if (w.dir) {
		unannounced_each(look_at_unannounced, &w);
		dropin_leaving(w.dir);
		if (w.restores && dropin_early_pramd(w.dir) < 0)
			log_warning("pram-generator: cannot order pramd early in %s: it starts at the first "
				    "request",
				    w.dir);
	}
	/* Once a boot, not at each daemon-reload. */
	if (access(MARK, F_OK) < 0) {
		keep_pids_free(&w);
		if (w.trees)
			write_file_atomic(TREES, "\n", 1);
	}
	free(w.ids);
	return 0;
}
