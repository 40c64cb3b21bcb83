// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/outside_files.h"
#include "beneath.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "proc.h"
#include "procfiles.h"
#include "str.h"

#define ONCE (O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY)	/* open flags that must not be repeated */

/* Is mount @id in the namespace? @mounts: of /proc/PID/mountinfo. */
static bool has_mount(struct libmnt_table *mounts, uint64_t id)
{
	struct libmnt_iter *it = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	bool found = false;

	while (it && !found && mnt_table_next_fs(mounts, it, &fs) == 0)
		found = (uint64_t)mnt_fs_get_id(fs) == id;
	mnt_free_iter(it);
	return found;
}

/* Finds "key:  value" in the contents of an fdinfo file. */
static int info_value(const char *text, const char *key, int base, uint64_t *ret)
{
	for (const char *p = text; p; p = strchr(p, '\n')) {
		const char *v;
		char word[32];

		p += *p == '\n';
		v = str_after(p, key);
		if (!v || *v != ':')
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(v + 1, "\n"), v + 1);
		return str_u64(str_trim(word), base, ret);
	}
	return -ENOENT;
}

static Pram__OutsideFile *find(Pram__OutsideFile *const *list, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(list[i]->id, id))
			return list[i];
	return NULL;
}

static int add(const char *id, const char *path, uint32_t flags, uint64_t pos,
	       const struct stat *st, Pram__OutsideFile ***list, size_t *n)
{
	Pram__OutsideFile *f = find(*list, *n, id);

	if (f) {
		/*
		 * CRIU identifies the file by mount and inode, so all uses get the same
		 * descriptor.
		 */
		if ((f->flags & O_ACCMODE) != (flags & O_ACCMODE))
			f->flags = (f->flags & ~(uint32_t)O_ACCMODE) | O_RDWR;
		return 0;
	}
	if (*n == OUTSIDE_MAX)
		return -E2BIG;
	f = PB_NEW(OutsideFile);
	if (!f || pb_str(&f->id, id) < 0 || pb_str(&f->path, path) < 0) {
		pb_free(f);
		return -ENOMEM;
	}
	pb_set(f, flags, flags & ~(uint32_t)ONCE);
	pb_set(f, pos, pos);
	pb_set(f, type, st->st_mode & S_IFMT);
	if (S_ISREG(st->st_mode)) {
		pb_set(f, uid, st->st_uid);
		pb_set(f, gid, st->st_gid);
		pb_set(f, mode, st->st_mode & 07777);
	}
	return pb_append_msg(n, list, f);
}

/*
 * Looks up @path from the host's root. The path comes from an open file, so it contains no
 * symbolic link.
 */
static int look_up(const char *path)
{
	int root __cleanup(fd_closep) = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -errno : beneath_look(root, path + 1);
}

/*
 * Does the path lead to this file in our mount namespace? A process may hold a file of another or
 * a detached mount. Then the path means something else here, and must not be opened on its
 * behalf.
 */
static bool leads_to_file(const char *path, const struct stat *st)
{
	int fd __cleanup(fd_closep) = look_up(path);
	struct stat here;

	return fd >= 0 && fstat(fd, &here) == 0 && here.st_dev == st->st_dev &&
	       here.st_ino == st->st_ino;
}

struct look {
	struct libmnt_table *mounts;	/* of the process */
	Pram__OutsideFile ***list;
	size_t *n;
};

static int look_at(const struct proc_fd *fd, void *userdata)
{
	const struct look *look = userdata;
	char *info __cleanup(freep) = NULL;
	uint64_t mnt, flags, pos;
	char path[64], id[64];
	struct stat st;

	if (fd->target[0] != '/' || str_after(fd->target, "/memfd:") ||
	    fstatat(fd->dir, fd->name, &st, 0) < 0)
		return 0;	/* a pipe, a socket and the like, or closed in the meantime */
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fdinfo/%s", fd->pid, fd->name);
	if (read_file(path, 65536, &info, NULL) < 0 || info_value(info, "mnt_id", 10, &mnt) < 0 ||
	    info_value(info, "flags", 8, &flags) < 0 || info_value(info, "pos", 10, &pos) < 0)
		return 0;
	/*
	 * CRIU handles a file on a mount of the namespace. It refuses one that the path does not
	 * find.
	 */
	if (has_mount(look->mounts, mnt) || !leads_to_file(fd->target, &st))
		return 0;
	snprintf(id, sizeof(id), "file[%" PRIx64 ":%" PRIx64 "]", mnt, (uint64_t)st.st_ino);
	return add(id, fd->target, (uint32_t)flags, pos, &st, look->list, look->n);
}

static int look_at_process(uint32_t pid, Pram__OutsideFile ***list, size_t *n)
{
	struct look look = { .mounts = mnt_new_table(), .list = list, .n = n };
	char path[64];
	int r = -ENOMEM;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/mountinfo", pid);
	if (look.mounts)
		r = mnt_table_parse_file(look.mounts, path);
	if (!r)
		r = proc_each_fd(pid, look_at, &look);
	mnt_unref_table(look.mounts);
	return r > 0 ? -EINVAL : r;
}

int outside_files(Pram__Process *const *procs, size_t n_procs, Pram__OutsideFile ***ret,
		  size_t *ret_n)
{
	int r = 0;

	for (size_t i = 0; !r && i < n_procs; i++) {
		r = look_at_process(procs[i]->pid, ret, ret_n);
		if (r < 0 && r != -ENOMEM && proc_is_ending(procs[i]->pid))
			r = 0;
	}
	return r;
}

/*
 * An attacker may have replaced the file by one of another kind, such as a device, or a FIFO, on
 * which open() blocks. Or by one that only root may open: a user who can write to the directory can
 * rename it.
 */
static int check_kind(const Pram__OutsideFile *f, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	/* The manifest of an older pramd does not have these. */
	if (f->has_type && (st.st_mode & S_IFMT) != f->type)
		return -EMEDIUMTYPE;
	if (f->has_mode &&
	    (st.st_uid != f->uid || st.st_gid != f->gid || (st.st_mode & 07777) != f->mode))
		return -EPERM;
	return 0;
}

/* Opens the file without blocking, and then sets the original flags. */
static int reopen(int path_fd, int flags)
{
	int fd = beneath_reopen(path_fd, flags | O_NONBLOCK);

	if (fd >= 0 && !(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags) < 0) {
		int r = -errno;

		fd_close(fd);
		return r;
	}
	return fd;
}

int outside_open(const Pram__OutsideFile *f)
{
	int path_fd __cleanup(fd_closep) = look_up(f->path);
	int flags = (int)f->flags & ~O_NOFOLLOW;
	int fd = path_fd < 0 ? path_fd : check_kind(f, path_fd);

	if (fd < 0)
		return fd;
	if (flags & O_PATH) {
		fd = fcntl(path_fd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	fd = reopen(path_fd, flags);
	if (fd < 0)
		return fd;
	/* Devices have no position (ESPIPE). */
	if (f->pos && lseek(fd, (off_t)f->pos, SEEK_SET) < 0 && errno != ESPIPE) {
		int r = -errno;

		fd_close(fd);
		return r;
	}
	return fd;
}
