// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "criu/criu_log.h"
#include "criu/tcp_repair.h"
#include "criu/tool_reason.h"
#include "io.h"
#include "log.h"
#include "netlock/netlock.h"
#include "procfiles.h"
#include "str.h"

static int is_tcp(int fd)
{
	int protocol = 0;
	socklen_t len = sizeof(protocol);

	return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == 0 &&
	       protocol == IPPROTO_TCP;
}

static int end_repair(const struct proc_fd *fd, void *userdata)
{
	const int *process = userdata;
	int sock __cleanup(fd_closep) = -1;
	int on = 0, off = 0;
	socklen_t len = sizeof(on);
	uint64_t number;

	if (!str_after(fd->target, "socket:") || str_u64(fd->name, 10, &number) < 0)
		return 0;
	/* Use the process's socket itself: it belongs to the network namespace of the process. */
	sock = (int)syscall(SYS_pidfd_getfd, *process, (int)number, 0);
	if (sock < 0 || !is_tcp(sock) || getsockopt(sock, IPPROTO_TCP, TCP_REPAIR, &on, &len) < 0 ||
	    !on)
		return 0;
	if (setsockopt(sock, IPPROTO_TCP, TCP_REPAIR, &off, sizeof(off)) < 0)
		log_error("A connection of process %" PRIu32 " stays in TCP repair mode: %s",
			  fd->pid, strerror(errno));
	return 0;
}

void tcp_repair_end(Pram__Process *const *procs, size_t n_procs, const char *log)
{
	char *run_id __cleanup(freep) = NULL;
	struct netlock_error e = {};
	int r;

	for (size_t i = 0; i < n_procs; i++) {
		int process __cleanup(fd_closep) =
			(int)syscall(SYS_pidfd_open, (pid_t)procs[i]->pid, 0);

		if (process >= 0)
			proc_each_fd(procs[i]->pid, end_repair, &process);
	}
	r = criulog_run_id(log, &run_id);
	if (!r)
		r = netlock_drop_run(run_id, &e);
	if (r >= 0 || r == -ENOENT)
		return;
	log_error("Packets of process %" PRIu32
		  " stay blocked: %s. nft list tables shows the table to delete",
		  n_procs ? procs[0]->pid : 0, *e.text ? e.text : strerror(-r));
	tool_log("nft", e.nft);
}
