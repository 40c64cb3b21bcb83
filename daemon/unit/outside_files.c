// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unit/outside_files.h"
#include "io.h"
#include "manifest.h"
#include "pb.h"
#include "procfiles.h"
#include "str.h"

#define MOUNTINFO_MAX (4u << 20)
#define ONCE (O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY)	/* open flags that must not be repeated */

/*
 * Is mount @id in the namespace? @mounts is the contents of /proc/PID/mountinfo, where each line
 * starts with an id.
 */
static bool has_mount(const char *mounts, uint64_t id)
{
	char key[24];
	size_t len = (size_t)snprintf(key, sizeof(key), "%" PRIu64 " ", id);

	for (const char *p = mounts; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, key, len))
			return true;
	}
	return false;
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
	       Pram__OutsideFile ***list, size_t *n)
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
	return pb_append_msg(n, list, f);
}

/*
 * Does the path lead to this file in our mount namespace? A process may hold a file of another or
 * a detached mount. Then the path means something else here, and must not be opened on its
 * behalf.
 */
static bool leads_to_file(const char *path, const struct stat *st)
{
	struct stat here;

	return lstat(path, &here) == 0 && here.st_dev == st->st_dev && here.st_ino == st->st_ino;
}

struct look {
	const char *mounts;	/* mountinfo of the process */
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
	if (has_mount(look->mounts, mnt) || !leads_to_file(fd->target, &st))
		return 0;	/* CRIU keeps the former and refuses the latter */
	snprintf(id, sizeof(id), "file[%" PRIx64 ":%" PRIx64 "]", mnt, (uint64_t)st.st_ino);
	return add(id, fd->target, (uint32_t)flags, pos, look->list, look->n);
}

static int look_at_process(uint32_t pid, Pram__OutsideFile ***list, size_t *n)
{
	char *mounts __cleanup(freep) = NULL;
	struct look look = { .list = list, .n = n };
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/mountinfo", pid);
	r = read_file(path, MOUNTINFO_MAX, &mounts, NULL);
	if (r < 0)
		return r;
	look.mounts = mounts;
	return proc_each_fd(pid, look_at, &look);
}

int outside_files(Pram__Process *const *procs, size_t n_procs, Pram__OutsideFile ***ret,
		  size_t *ret_n)
{
	int r = 0;

	for (size_t i = 0; !r && i < n_procs; i++) {
		r = look_at_process(procs[i]->pid, ret, ret_n);
		if (r == -ENOENT || r == -ESRCH)
			r = 0;	/* the process has ended */
	}
	return r;
}

/*
 * The path of an open file contains no symbolic links. If there is one now, somebody has put it
 * there to redirect us. O_NONBLOCK: a FIFO in place of the file must not block us.
 */
static int open_no_symlinks(const char *path, int flags)
{
	struct open_how how = {
		.flags = flags & O_PATH ? (uint64_t)O_PATH | O_CLOEXEC :
					  (uint64_t)(uint32_t)flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	if (fd < 0)
		return -errno;
	if (!(flags & (O_PATH | O_NONBLOCK)) && fcntl(fd, F_SETFL, flags) < 0) {
		int r = -errno;

		fd_close(fd);
		return r;
	}
	return fd;
}

int outside_open(const Pram__OutsideFile *f)
{
	int fd = open_no_symlinks(f->path, (int)f->flags & ~O_NOFOLLOW);

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
