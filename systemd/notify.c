// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io.h"
#include "notify.h"
#include "str.h"

/* Parses $NOTIFY_SOCKET: a path, or an abstract name with '@' in place of the nul. */
static int address(struct sockaddr_un *sa, socklen_t *len)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = strlen(str_or(path));

	if (!n)
		return -ENOENT;
	if (n >= sizeof(sa->sun_path) || (path[0] != '/' && path[0] != '@'))
		return -EINVAL;
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(sa->sun_path, path, n);
	if (path[0] == '@')
		sa->sun_path[0] = 0;
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return 0;
}

/* Sends a message. @fd: a descriptor to send with it, or -1. */
static int send_text(const char *text, int fd)
{
	char control[CMSG_SPACE(sizeof(fd))] = {};
	struct sockaddr_un sa;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) };
	struct msghdr msg = { .msg_name = &sa, .msg_iov = &iov, .msg_iovlen = 1 };
	int s __cleanup(fd_closep) = -1;
	int r = address(&sa, &msg.msg_namelen);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	s = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0)
		return -errno;
	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	return sendmsg(s, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int notify(const char *text)
{
	return send_text(text, -1);
}

/* Sends the write end of a pipe, which systemd closes when it processes the message. */
int notify_barrier(int timeout_ms)
{
	int fds[2], r;
	struct pollfd p;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	r = send_text("BARRIER=1", fds[1]);
	fd_close(fds[1]);
	p = (struct pollfd){ .fd = fds[0] };
	if (!r) {
		int n = poll(&p, 1, timeout_ms);

		r = n < 0 ? -errno : !n ? -ETIMEDOUT : 0;
	}
	fd_close(fds[0]);
	return r;
}
