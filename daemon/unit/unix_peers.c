// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "unit/unix_peers.h"
#include "pluginfiles.h"
#include "procfiles.h"
#include "str.h"

#define SOCKETS_MAX (1u << 20)

/* A stream or seqpacket socket. */
struct sock {
	uint32_t ino;
	uint32_t peer;		/* inode number of the peer; 0: none */
	bool waiting;		/* it listens, and a connection waits to be accepted */
	const Pram__Process *owner;	/* the process of the unit that has it open, or NULL */
	char name[110];		/* "" if unnamed; '@' in place of the nul of an abstract name */
};

struct socks {
	struct sock *v;
	size_t n;
};

static int by_inode(const void *a, const void *b)
{
	const struct sock *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static struct sock *find(const struct socks *socks, uint32_t ino)
{
	const struct sock key = { .ino = ino };

	return socks->n ? bsearch(&key, socks->v, socks->n, sizeof(key), by_inode) : NULL;
}

/* --- sockets in the kernel ---------------------------------------------------------------- */

static void copy_name(struct sock *s, const struct nlattr *attr)
{
	size_t len = (size_t)nla_len(attr);

	if (len >= sizeof(s->name))
		len = sizeof(s->name) - 1;
	memcpy(s->name, nla_data(attr), len);
	s->name[len] = 0;
	if (len && !s->name[0])
		s->name[0] = '@';
}

static int on_socket(struct nl_msg *msg, void *userdata)
{
	struct nlmsghdr *head = nlmsg_hdr(msg);
	const struct unix_diag_msg *diag = nlmsg_data(head);
	struct nlattr *attr[UNIX_DIAG_MAX + 1];
	struct socks *socks = userdata;
	struct sock *v;

	if (nlmsg_parse(head, sizeof(*diag), attr, UNIX_DIAG_MAX, NULL) < 0)
		return NL_SKIP;
	if (diag->udiag_type != SOCK_STREAM && diag->udiag_type != SOCK_SEQPACKET)
		return NL_OK;
	v = socks->n < SOCKETS_MAX ? realloc(socks->v, (socks->n + 1) * sizeof(*v)) : NULL;
	if (!v)
		return -NLE_NOMEM;
	socks->v = v;
	v += socks->n++;
	*v = (struct sock){ .ino = diag->udiag_ino };
	if (attr[UNIX_DIAG_PEER])
		v->peer = nla_get_u32(attr[UNIX_DIAG_PEER]);
	if (attr[UNIX_DIAG_RQLEN] && diag->udiag_state == TCP_LISTEN)
		v->waiting =
			((struct unix_diag_rqlen *)nla_data(attr[UNIX_DIAG_RQLEN]))->udiag_rqueue;
	if (attr[UNIX_DIAG_NAME])
		copy_name(v, attr[UNIX_DIAG_NAME]);
	return NL_OK;
}

static int ask(struct nl_sock *nl, struct socks *socks)
{
	struct unix_diag_req req = {
		.sdiag_family = AF_UNIX,
		.udiag_states = UINT32_MAX,
		.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN,
	};

	if (nl_connect(nl, NETLINK_SOCK_DIAG) < 0 ||
	    nl_socket_modify_cb(nl, NL_CB_VALID, NL_CB_CUSTOM, on_socket, socks) < 0 ||
	    nl_send_simple(nl, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &req, sizeof(req)) < 0)
		return -EIO;
	return nl_recvmsgs_default(nl) < 0 ? -EIO : 0;
}

static int list_sockets(struct socks *socks)
{
	struct nl_sock *nl = nl_socket_alloc();
	int r = nl ? ask(nl, socks) : -ENOMEM;

	nl_socket_free(nl);
	if (!r && socks->n)
		qsort(socks->v, socks->n, sizeof(*socks->v), by_inode);
	return r;
}

/* --- owners of sockets -------------------------------------------------------------------- */

struct owner {
	const struct socks *socks;
	const Pram__Process *process;
};

static int mark_owned(const struct proc_fd *fd, void *userdata)
{
	const struct owner *owner = userdata;
	struct sock *s;
	uint32_t ino;

	s = sscanf(fd->target, "socket:[%" SCNu32 "]", &ino) == 1 ? find(owner->socks, ino) : NULL;
	if (s)
		s->owner = owner->process;
	return 0;
}

static bool to_outside(const struct socks *socks, const struct sock *s,
		       const struct sock **ret_peer)
{
	*ret_peer = NULL;
	if (!s->owner || (!s->peer && !s->waiting))
		return false;
	if (s->waiting)
		return true;
	*ret_peer = find(socks, s->peer);
	return !*ret_peer || !(*ret_peer)->owner;
}

static bool explain(const struct sock *s, const struct sock *peer, struct reason_told *ret)
{
	const char *name = peer ? peer->name : "";

	if (str_eq(name, JOURNAL_SOCKET))
		return false;	/* the plugin reconnects it */
	if (s->name[0])
		return reason_say(REASON_UNIX_PEER, ret,
				  "process %" PRIu32 " (%s) of it has a client on %s, "
				  "and CRIU cannot keep only one end of a connection",
				  s->owner->pid, str_or(s->owner->comm), s->name);
	return reason_say(REASON_UNIX_PEER, ret,
			  "process %" PRIu32 " (%s) of it is connected to %s of another "
			  "process, and CRIU cannot keep only one end of a connection",
			  s->owner->pid, str_or(s->owner->comm), name[0] ? name : "a socket");
}

bool unixpeers_problem(Pram__Process *const *procs, size_t n_procs, bool clients,
		       struct reason_told *ret)
{
	struct socks socks = {};
	const struct sock *peer;
	bool problem = false;

	if (list_sockets(&socks) < 0)
		problem = reason_say(REASON_UNIT_UNREADABLE, ret,
				     "its connections cannot be determined");
	for (size_t i = 0; i < n_procs && !problem; i++) {
		struct owner owner = { .socks = &socks, .process = procs[i] };

		if (proc_each_fd(procs[i]->pid, mark_owned, &owner) < 0)
			problem = reason_say(REASON_UNIT_UNREADABLE, ret,
					     "its descriptors cannot be read");
	}
	for (size_t i = 0; i < socks.n && !problem; i++)
		if ((clients || !socks.v[i].name[0]) && to_outside(&socks, &socks.v[i], &peer))
			problem = explain(&socks.v[i], peer, ret);
	free(socks.v);
	return problem;
}
