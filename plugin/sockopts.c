// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of sockets. The table has all options of Linux 6.12 that can be read and set, except
 * those that describe the connection rather than a setting (TCP_MAXSEG, TCP_INFO,
 * SO_INCOMING_CPU), and those that cannot be set on an existing socket. An option is kept if its
 * value differs from that of a new socket of the same kind, so that a setting of the next kernel
 * (net.ipv4.tcp_congestion_control and the like) holds for all others.
 *
 * Those that CRIU 4.1 restores by itself are kept only for sockets with a name that wait for
 * others: such a socket may be one of a .socket unit, which CRIU does not restore (passed.c).
 */
#include <errno.h>
#include <linux/in6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attributes.h"
#include "criu.h"
#include "plugin.h"

/* Newer than the headers of Debian 12. */
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif
#ifndef IP_LOCAL_PORT_RANGE
#define IP_LOCAL_PORT_RANGE 51
#endif
#ifndef IP_MULTICAST_ALL
#define IP_MULTICAST_ALL 49
#endif
#ifndef IP_CHECKSUM
#define IP_CHECKSUM 23
#endif
#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IP_RECVFRAGSIZE
#define IP_RECVFRAGSIZE 25
#endif

#ifndef IPV6_ROUTER_ALERT_ISOLATE
#define IPV6_ROUTER_ALERT_ISOLATE 30
#endif

#define VALUE_MAX 64

struct option {
	int level;
	int name;
};

static const struct option options[] = {
	/* CRIU restores SO_REUSEADDR of internet sockets only. */
	{ SOL_SOCKET, SO_DEBUG }, { SOL_SOCKET, SO_REUSEADDR }, { SOL_SOCKET, SO_OOBINLINE },
	{ SOL_SOCKET, SO_LINGER }, { SOL_SOCKET, SO_RXQ_OVFL },
	/*
	 * In this order: setting an old one also sets the format of the new ones, and TIMESTAMPING
	 * both.
	 */
	{ SOL_SOCKET, SO_TIMESTAMPING_OLD }, { SOL_SOCKET, SO_TIMESTAMPING_NEW },
	{ SOL_SOCKET, SO_TIMESTAMP_OLD }, { SOL_SOCKET, SO_TIMESTAMPNS_OLD },
	{ SOL_SOCKET, SO_TIMESTAMP_NEW }, { SOL_SOCKET, SO_TIMESTAMPNS_NEW },
	{ SOL_SOCKET, SO_WIFI_STATUS }, { SOL_SOCKET, SO_PEEK_OFF }, { SOL_SOCKET, SO_NOFCS },
	{ SOL_SOCKET, SO_SELECT_ERR_QUEUE }, { SOL_SOCKET, SO_BUSY_POLL },
	{ SOL_SOCKET, SO_PREFER_BUSY_POLL }, { SOL_SOCKET, SO_MAX_PACING_RATE },
	{ SOL_SOCKET, SO_ZEROCOPY }, { SOL_SOCKET, SO_TXTIME }, { SOL_SOCKET, SO_TXREHASH },
	{ SOL_SOCKET, SO_RCVMARK }, { SOL_SOCKET, SO_PASSPIDFD }, { SOL_SOCKET, SO_LOCK_FILTER },

	{ IPPROTO_IP, IP_TOS }, { IPPROTO_IP, IP_TTL }, { IPPROTO_IP, IP_MINTTL },
	{ IPPROTO_IP, IP_RECVTOS }, { IPPROTO_IP, IP_RECVTTL }, { IPPROTO_IP, IP_PKTINFO },
	{ IPPROTO_IP, IP_MTU_DISCOVER }, { IPPROTO_IP, IP_RECVERR },
	{ IPPROTO_IP, IP_RECVERR_RFC4884 }, { IPPROTO_IP, IP_RECVOPTS }, { IPPROTO_IP, IP_RETOPTS },
	{ IPPROTO_IP, IP_PASSSEC }, { IPPROTO_IP, IP_NODEFRAG }, { IPPROTO_IP, IP_CHECKSUM },
	{ IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT }, { IPPROTO_IP, IP_FREEBIND },
	{ IPPROTO_IP, IP_TRANSPARENT }, { IPPROTO_IP, IP_RECVORIGDSTADDR },
	{ IPPROTO_IP, IP_RECVFRAGSIZE }, { IPPROTO_IP, IP_LOCAL_PORT_RANGE },
	{ IPPROTO_IP, IP_MULTICAST_TTL }, { IPPROTO_IP, IP_MULTICAST_LOOP },
	{ IPPROTO_IP, IP_MULTICAST_ALL }, { IPPROTO_IP, IP_MULTICAST_IF },

	{ IPPROTO_IPV6, IPV6_TCLASS }, { IPPROTO_IPV6, IPV6_UNICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_MINHOPCOUNT }, { IPPROTO_IPV6, IPV6_RECVTCLASS },
	{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT }, { IPPROTO_IPV6, IPV6_RECVPKTINFO },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER }, { IPPROTO_IPV6, IPV6_RECVERR },
	{ IPPROTO_IPV6, IPV6_RECVERR_RFC4884 }, { IPPROTO_IPV6, IPV6_RECVRTHDR },
	{ IPPROTO_IPV6, IPV6_RECVHOPOPTS }, { IPPROTO_IPV6, IPV6_RECVDSTOPTS },
	{ IPPROTO_IPV6, IPV6_DONTFRAG }, { IPPROTO_IPV6, IPV6_AUTOFLOWLABEL },
	{ IPPROTO_IPV6, IPV6_RECVPATHMTU }, { IPPROTO_IPV6, IPV6_RECVORIGDSTADDR },
	{ IPPROTO_IPV6, IPV6_RECVFRAGSIZE }, { IPPROTO_IPV6, IPV6_FREEBIND },
	{ IPPROTO_IPV6, IPV6_TRANSPARENT }, { IPPROTO_IPV6, IPV6_FLOWINFO_SEND },
	{ IPPROTO_IPV6, IPV6_ADDR_PREFERENCES }, { IPPROTO_IPV6, IPV6_MULTICAST_HOPS },
	{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP }, { IPPROTO_IPV6, IPV6_MULTICAST_ALL },
	{ IPPROTO_IPV6, IPV6_MULTICAST_IF }, { IPPROTO_IPV6, IPV6_FLOWINFO },
	{ IPPROTO_IPV6, IPV6_ROUTER_ALERT_ISOLATE }, { IPPROTO_IPV6, IPV6_2292PKTINFO },
	{ IPPROTO_IPV6, IPV6_2292HOPOPTS }, { IPPROTO_IPV6, IPV6_2292DSTOPTS },
	{ IPPROTO_IPV6, IPV6_2292RTHDR }, { IPPROTO_IPV6, IPV6_2292HOPLIMIT },

	{ IPPROTO_TCP, TCP_CONGESTION }, { IPPROTO_TCP, TCP_USER_TIMEOUT },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT }, { IPPROTO_TCP, TCP_LINGER2 },
	{ IPPROTO_TCP, TCP_SYNCNT },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT }, { IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS },
	{ IPPROTO_TCP, TCP_FASTOPEN }, { IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE },
	{ IPPROTO_TCP, TCP_SAVE_SYN }, { IPPROTO_TCP, TCP_INQ }, { IPPROTO_TCP, TCP_TX_DELAY },

	{ IPPROTO_UDP, UDP_GRO }, { IPPROTO_UDP, UDP_SEGMENT }, { IPPROTO_UDP, UDP_ENCAP },
	{ IPPROTO_UDP, UDP_NO_CHECK6_TX }, { IPPROTO_UDP, UDP_NO_CHECK6_RX },
};

/* Those that CRIU restores. */
static const struct option criu_options[] = {
	{ SOL_SOCKET, SO_SNDBUF }, { SOL_SOCKET, SO_RCVBUF }, { SOL_SOCKET, SO_PRIORITY },
	{ SOL_SOCKET, SO_RCVLOWAT }, { SOL_SOCKET, SO_MARK }, { SOL_SOCKET, SO_PASSCRED },
	{ SOL_SOCKET, SO_PASSSEC }, { SOL_SOCKET, SO_DONTROUTE }, { SOL_SOCKET, SO_NO_CHECK },
	{ SOL_SOCKET, SO_BROADCAST }, { SOL_SOCKET, SO_KEEPALIVE }, { SOL_SOCKET, SO_SNDTIMEO },
	{ SOL_SOCKET, SO_RCVTIMEO }, { IPPROTO_TCP, TCP_NODELAY }, { IPPROTO_TCP, TCP_CORK },
	{ IPPROTO_TCP, TCP_KEEPIDLE }, { IPPROTO_TCP, TCP_KEEPINTVL },
	{ IPPROTO_TCP, TCP_KEEPCNT },
};

#define N_OWN (sizeof(options) / sizeof(options[0]))
#define N_OPTIONS (N_OWN + sizeof(criu_options) / sizeof(criu_options[0]))

static const struct option *option_at(size_t i)
{
	return i < N_OWN ? &options[i] : &criu_options[i - N_OWN];
}

/* @len is 0 if a socket of this kind does not have the option. */
struct value {
	uint8_t len;
	uint8_t data[VALUE_MAX];
};

/* What a socket is made with, and the values that a new one has. */
struct kind {
	struct kind *next;
	int domain;
	int type;
	int protocol;
	struct value fresh[N_OPTIONS];
};

static struct kind *kinds;

static int number(int sock, int name)
{
	socklen_t len = sizeof(int);
	int ret = -1;

	getsockopt(sock, SOL_SOCKET, name, &ret, &len);
	return ret;
}

/* Does it wait for others to connect, or to send? Then systemd may have bound it. */
static bool waits(int sock)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);

	return number(sock, SO_ACCEPTCONN) > 0 ||
	       (number(sock, SO_TYPE) == SOCK_DGRAM &&
		getsockname(sock, (struct sockaddr *)&name, &len) == 0 && len > sizeof(sa_family_t));
}

/*
 * IPPROTO_TCP and IPPROTO_UDP are tried on their own sockets only, IPPROTO_IPV6 on those of IPv6.
 */
static bool applies(const struct option *o, const struct kind *k)
{
	switch (o->level) {
	case SOL_SOCKET:
		return true;
	case IPPROTO_IP:
		return k->domain == AF_INET || k->domain == AF_INET6;
	case IPPROTO_IPV6:
		return k->domain == AF_INET6;
	default:
		return (k->domain == AF_INET || k->domain == AF_INET6) && k->protocol == o->level;
	}
}

static void get(int sock, const struct option *o, struct value *v)
{
	socklen_t len = sizeof(v->data);

	memset(v, 0, sizeof(*v));
	if (!getsockopt(sock, o->level, o->name, v->data, &len) && len <= sizeof(v->data))
		v->len = (uint8_t)len;
}

static bool same(const struct value *a, const struct value *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

/* If no socket of this kind can be made, each option counts as set. Returns NULL without memory. */
static struct kind *kind_of(int sock)
{
	int domain = number(sock, SO_DOMAIN), type = number(sock, SO_TYPE);
	int protocol = number(sock, SO_PROTOCOL), fresh;
	struct kind *k = kinds;

	while (k && !(k->domain == domain && k->type == type && k->protocol == protocol))
		k = k->next;
	if (k)
		return k;
	k = calloc(1, sizeof(*k));
	if (!k)
		return NULL;
	*k = (struct kind){ .next = kinds, .domain = domain, .type = type, .protocol = protocol };
	kinds = k;
	fresh = socket(domain, type | SOCK_CLOEXEC, protocol);
	for (size_t i = 0; fresh >= 0 && i < N_OPTIONS; i++)
		if (applies(option_at(i), k))
			get(fresh, option_at(i), &k->fresh[i]);
	if (fresh >= 0)
		close(fresh);
	return k;
}

static int append(const struct option *o, const struct value *v, Pram__Descriptor *to)
{
	Pram__SocketOption *opt = calloc(1, sizeof(*opt));

	if (!opt)
		return -ENOMEM;
	pram__socket_option__init(opt);
	opt->has_level = opt->has_name = opt->has_value = true;
	opt->level = o->level;
	opt->name = o->name;
	opt->value.len = v->len;
	opt->value.data = malloc(v->len);
	if (!opt->value.data) {
		free(opt);
		return -ENOMEM;
	}
	memcpy(opt->value.data, v->data, v->len);
	return plugin_append(&to->options, &to->n_options, &opt->base);
}

/*
 * CRIU repairs the connection below such a protocol, and its state (keys, for TLS) would be gone.
 */
static int check_protocol(int sock, const struct kind *k, int fd)
{
	char name[16] = "";
	socklen_t len = sizeof(name) - 1;

	if (k->protocol != IPPROTO_TCP ||
	    getsockopt(sock, IPPROTO_TCP, TCP_ULP, name, &len) || !*name)
		return 0;
	plugin_error("descriptor %d is a TCP connection with the kernel's %s protocol, whose state "
		     "cannot be kept", fd, name);
	return -EOPNOTSUPP;
}

int sockopts_save(int sock, Pram__Descriptor *to)
{
	const struct kind *k = kind_of(sock);
	int r = k ? check_protocol(sock, k, to->fd) : -ENOMEM;
	size_t n = waits(sock) ? N_OPTIONS : N_OWN;

	for (size_t i = 0; !r && i < n; i++) {
		const struct option *o = option_at(i);
		struct value v;

		if (!applies(o, k))
			continue;
		get(sock, o, &v);
		if (v.len && !same(&v, &k->fresh[i]))
			r = append(o, &v, to);
	}
	return r;
}

/* The kernel doubles the size of a buffer. Root may exceed the limit of the system. */
static int set(int sock, const Pram__SocketOption *o)
{
	int name = o->level != SOL_SOCKET ? 0 :
		   o->name == SO_SNDBUF ? SO_SNDBUFFORCE :
		   o->name == SO_RCVBUF ? SO_RCVBUFFORCE : 0;
	int size;

	if (!name || o->value.len != sizeof(size))
		return setsockopt(sock, o->level, o->name, o->value.data, (socklen_t)o->value.len);
	memcpy(&size, o->value.data, sizeof(size));
	size /= 2;
	return setsockopt(sock, SOL_SOCKET, name, &size, sizeof(size));
}

/* What CRIU has restored already is not touched: some options can be set only once. */
void sockopts_set(int sock, const Pram__Descriptor *from)
{
	for (size_t i = 0; i < from->n_options; i++) {
		const Pram__SocketOption *o = from->options[i];
		struct option opt = { o->level, o->name };
		struct value now;

		get(sock, &opt, &now);
		if (now.len == o->value.len && !memcmp(now.data, o->value.data, now.len))
			continue;
		if (set(sock, o) < 0)
			plugin_warn("descriptor %d: option %d of level %d cannot be set: %s", from->fd, o->name,
				    o->level, strerror(errno));
	}
}
