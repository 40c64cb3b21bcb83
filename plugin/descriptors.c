// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pipes and sockets. CRIU makes them anew, as root and with the options that it knows. The
 * descriptors of another process are reached by pidfd_getfd(), since a socket cannot be opened by a
 * path.
 */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attributes.h"
#include "criu.h"
#include "plugin.h"

#define PIPE_MODE 0600u		/* of a new pipe, and of a new socket */
#define SOCKET_MODE 0777u
#define MODE_BITS 07777u

/* The pipes and sockets that are listed already, by this process or another. */
struct seen {
	dev_t dev;
	ino_t ino;
};

static void *all_seen;

static int compare(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino == y->ino ? 0 : x->ino < y->ino ? -1 : 1;
}

/* Returns 1 if it is listed now, 0 if it was before, or -ENOMEM. */
static int list_once(const struct stat *st)
{
	struct seen *s = malloc(sizeof(*s));
	void *node;

	if (!s)
		return -ENOMEM;
	*s = (struct seen){ st->st_dev, st->st_ino };
	node = tsearch(s, &all_seen, compare);
	if (!node || *(struct seen **)node != s)
		free(s);
	return !node ? -ENOMEM : *(struct seen **)node == s;
}

static int get_fd(int pidfd, int fd)
{
	int ret = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

	return ret < 0 ? -errno : ret;
}

static dev_t pipe_dev(void)
{
	static dev_t dev;
	struct stat st;
	int p[2];

	if (!dev && !pipe2(p, O_CLOEXEC)) {
		if (!fstat(p[0], &st))
			dev = st.st_dev;
		close(p[0]);
		close(p[1]);
	}
	return dev;
}

static void save_owner(const struct stat *st, Pram__Descriptor *d)
{
	mode_t mode = st->st_mode & MODE_BITS;

	d->has_uid = d->has_gid = st->st_uid || st->st_gid;
	d->uid = st->st_uid;
	d->gid = st->st_gid;
	d->has_mode = mode != (S_ISSOCK(st->st_mode) ? SOCKET_MODE : PIPE_MODE);
	d->mode = mode;
}

static int save_socket(int pidfd, int fd, Pram__Descriptor *d)
{
	int sock = get_fd(pidfd, fd), r;

	if (sock < 0)
		return sock;
	r = sockopts_save(sock, d);
	close(sock);
	return r;
}

static int save_descriptor(int pidfd, int fd, const struct stat *st, Pram__Attributes *to)
{
	Pram__Descriptor *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d)
		return -ENOMEM;
	pram__descriptor__init(d);
	d->has_fd = true;
	d->fd = fd;
	save_owner(st, d);
	if (S_ISSOCK(st->st_mode))
		r = save_socket(pidfd, fd, d);
	if (r || !(d->has_uid || d->has_mode || d->n_options)) {
		pram__descriptor__free_unpacked(d, NULL);
		return r;
	}
	return plugin_append(&to->descriptors, &to->n_descriptors, &d->base);
}

static int save_all(int pidfd, DIR *dir, Pram__Attributes *to)
{
	struct stat st;
	char name[16];
	int fd, r = 0;

	while (r >= 0 && (fd = plugin_next_number(dir)) >= 0) {
		snprintf(name, sizeof(name), "%d", fd);
		/*
		 * An error is that of what the descriptor refers to, which is then no pipe or
		 * socket.
		 */
		if (fstatat(dirfd(dir), name, &st, 0) < 0 ||
		    !(S_ISSOCK(st.st_mode) || (S_ISFIFO(st.st_mode) && st.st_dev == pipe_dev())))
			continue;
		r = list_once(&st);
		if (r > 0)
			r = save_descriptor(pidfd, fd, &st, to);
	}
	return r < 0 ? r : 0;
}

int descriptors_save(int pid, Pram__Attributes *to)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), r;
	char path[64];
	DIR *dir;

	if (pidfd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	r = dir ? save_all(pidfd, dir, to) : -errno;
	if (dir)
		closedir(dir);
	close(pidfd);
	return r;
}

static void set_descriptor(int pid, int pidfd, const Pram__Descriptor *d)
{
	int fd = get_fd(pidfd, d->fd);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !(S_ISSOCK(st.st_mode) || S_ISFIFO(st.st_mode))) {
		plugin_warn("descriptor %d of process %d is no pipe or socket any more", d->fd,
			    pid);
	} else {
		if (d->has_uid && fchown(fd, d->uid, d->gid) < 0)
			plugin_warn("descriptor %d of process %d: its owner cannot be set: %s",
				    d->fd, pid, strerror(errno));
		if (d->has_mode && fchmod(fd, d->mode & MODE_BITS) < 0)
			plugin_warn("descriptor %d of process %d: its mode cannot be set: %s",
				    d->fd, pid, strerror(errno));
		sockopts_set(fd, d);
	}
	if (fd >= 0)
		close(fd);
}

void descriptors_set(int pid, const Pram__Attributes *from)
{
	int pidfd = from->n_descriptors ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;

	if (from->n_descriptors && pidfd < 0)
		plugin_warn("attributes of the descriptors of process %d cannot be set: %s", pid,
			    strerror(errno));
	for (size_t i = 0; pidfd >= 0 && i < from->n_descriptors; i++)
		set_descriptor(pid, pidfd, from->descriptors[i]);
	if (pidfd >= 0)
		close(pidfd);
}
