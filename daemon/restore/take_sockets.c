// SPDX-License-Identifier: GPL-2.0-only
/*
 * Step take-sockets: systemd has passed the sockets of the unit's .socket units to
 * pram-unit-restore, which keeps them open until the unit is restored.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checkpoint/ckpt.h"
#include "criu/passed_sockets.h"
#include "restore/state.h"
#include "io.h"
#include "log.h"
#include "procfiles.h"
#include "str.h"

struct sockets {
	struct passed_socket *v;
	size_t n;
	int pidfd;
};

static bool get_int(int sock, int option, int *ret)
{
	socklen_t len = sizeof(*ret);

	return getsockopt(sock, SOL_SOCKET, option, ret, &len) == 0;
}

static bool is_known(const struct sockets *sockets, ino_t ino)
{
	for (size_t i = 0; i < sockets->n; i++)
		if (sockets->v[i].ino == ino)
			return true;
	return false;
}

static int add(const struct proc_fd *fd, void *userdata)
{
	struct passed_socket p = { .fd = atoi(fd->name), .name_len = sizeof(p.name) };
	struct sockets *sockets = userdata;
	int sock __cleanup(fd_closep) = -1;
	struct passed_socket *v;
	struct stat st;

	if (!str_after(fd->target, "socket:"))
		return 0;
	sock = (int)syscall(SYS_pidfd_getfd, sockets->pidfd, p.fd, 0);
	if (sock < 0)
		return -errno;
	if (getsockname(sock, (struct sockaddr *)&p.name, &p.name_len) < 0 ||
	    !get_int(sock, SO_DOMAIN, &p.family) || !get_int(sock, SO_TYPE, &p.type) ||
	    !get_int(sock, SO_PROTOCOL, &p.protocol) || fstat(sock, &st) < 0)
		return -errno;
	p.ino = st.st_ino;
	/* Standard input, output and error may be the same one (StandardInput=socket). */
	if (is_known(sockets, p.ino))
		return 0;
	v = realloc(sockets->v, (sockets->n + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	sockets->v = v;
	v[sockets->n++] = p;
	return 0;
}

int restore_take_sockets(void *op)
{
	struct restore *rs = op;
	const Pram__Unit *unit = rs->ckpt->manifest->unit;
	struct sockets sockets = {};
	int pidfd __cleanup(fd_closep) = -1;
	int r;

	if (!unit)
		return STEP_DONE;
	pidfd = (int)syscall(SYS_pidfd_open, rs->holder, 0);
	if (pidfd < 0)
		return -errno;
	sockets.pidfd = pidfd;
	r = proc_each_fd(rs->holder, add, &sockets);
	if (!r)
		r = passed_sockets_mark(rs->dir, sockets.v, sockets.n, rs->holder);
	free(sockets.v);
	if (!r && unit->n_sockets)
		log_warning("%s had a socket of %s, which has none for it now: its own socket is bound anew",
			    rs->name, unit->sockets[0]);
	return r < 0 ? r : STEP_DONE;
}
