// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets of a .socket unit. systemd has bound them in this kernel, and passed them to the process
 * that pramd names in the image. A restored process gets the same open file, as if it had been
 * started by systemd, and sets what it had set itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"
#include "pluginfiles.h"

#define FLAGS (O_NONBLOCK | O_ASYNC)	/* those that a socket has and fcntl() sets */

static Pram__PassedSockets *read_list(bool *ret_missing)
{
	Pram__PassedSockets *all;
	uint8_t *buf;
	size_t len = 0;

	buf = image_read_file(PASSED_IMAGE, &len, ret_missing);
	if (!buf)
		return NULL;
	all = pram__passed_sockets__unpack(NULL, len, buf);
	free(buf);
	if (all && all->version != PASSED_VERSION) {
		pram__passed_sockets__free_unpacked(all, NULL);
		all = NULL;
	}
	if (!all)
		plugin_error(PASSED_IMAGE " is damaged or was written by another version of pramd");
	return all;
}

static int get_socket(pid_t pid, int number)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), fd;

	if (pidfd < 0)
		return -1;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
	close(pidfd);
	return fd;
}

static int take(pid_t pid, const Pram__PassedSocket *s)
{
	int fd = get_socket(pid, s->fd);
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, (flags & ~FLAGS) | ((int)s->flags & FLAGS)) < 0 ||
	    (s->listens && listen(fd, (int)s->backlog) < 0)) {
		plugin_error("the socket that systemd passes as descriptor %d of process %d cannot be taken: %s",
			     s->fd, pid, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* Runs in the process that is restored. */
int passed_restore(int id)
{
	bool missing;
	Pram__PassedSockets *all = read_list(&missing);
	int fd = -ENOTSUP;

	if (!all)
		return missing ? -ENOTSUP : -1;
	for (size_t i = 0; i < all->n_sockets && fd == -ENOTSUP; i++)
		if (all->sockets[i]->id == (uint32_t)id)
			fd = take((pid_t)all->pid, all->sockets[i]);
	pram__passed_sockets__free_unpacked(all, NULL);
	return fd;
}
