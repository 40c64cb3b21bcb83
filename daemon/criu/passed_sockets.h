/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets of a .socket unit. The systemd of the next kernel binds them before the service is
 * restored, so CRIU cannot bind them again, and for systemd and the service they are one socket.
 * systemd passes them to the unit's main process, as to any service with a .socket unit
 * (LISTEN_FDS=), and the processes that CRIU restores get them from there.
 */
#ifndef PRAM_CRIU_PASSED_SOCKETS_H
#define PRAM_CRIU_PASSED_SOCKETS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* A socket with a name that a process has open. */
struct passed_socket {
	int fd;		/* the number of the descriptor in that process */
	int family;
	int type;	/* SOCK_* */
	int protocol;
	ino_t ino;
	struct sockaddr_storage name;
	socklen_t name_len;
};

/*
 * Finds the sockets in the images directory @dir that have the type and the name of one in
 * @sockets, and makes them external files, which the plugin takes from process @pid. Sockets that
 * an earlier call has changed and that are not in @sockets any more become CRIU's again, so this
 * can be called for each attempt to restore.
 *
 * Returns how many sockets were found, or a negative errno: -EBADMSG if an image is damaged.
 */
int passed_sockets_mark(int dir, const struct passed_socket *sockets, size_t n, uint32_t pid);

#endif /* PRAM_CRIU_PASSED_SOCKETS_H */
