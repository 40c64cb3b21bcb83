// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "unit/net_wait.h"
#include "macro.h"
#include "str.h"

struct netwait {
	char *const *addresses;
	size_t n;
	struct nl_sock *sock;
	sd_event_source *io;
	sd_event_source *timer;
	sd_event_source *defer;		/* the first check */
	netwait_done_t done;
	void *userdata;
};

static bool has(const struct ifaddrs *list, const char *address)
{
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		char buf[INET6_ADDRSTRLEN] = "";
		const void *raw = NULL;

		if (!a->ifa_addr)
			continue;
		if (a->ifa_addr->sa_family == AF_INET)
			raw = &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr;
		else if (a->ifa_addr->sa_family == AF_INET6)
			raw = &((const struct sockaddr_in6 *)(const void *)a->ifa_addr)->sin6_addr;
		if (raw && inet_ntop(a->ifa_addr->sa_family, raw, buf, sizeof(buf)) &&
		    str_eq(buf, address))
			return true;
	}
	return false;
}

int netwait_keep_local(char **addresses, size_t *n)
{
	struct ifaddrs *list;
	size_t kept = 0;

	if (getifaddrs(&list) < 0)
		return -errno;
	for (size_t i = 0; i < *n; i++) {
		if (has(list, addresses[i]))
			addresses[kept++] = addresses[i];
		else
			free(addresses[i]);
	}
	*n = kept;
	freeifaddrs(list);
	return 0;
}

/* The first address that does not exist, or NULL. */
static const char *missing(const struct netwait *w)
{
	const char *address = NULL;
	struct ifaddrs *list;

	if (getifaddrs(&list) < 0)
		return w->addresses[0];
	for (size_t i = 0; i < w->n && !address; i++)
		if (!has(list, w->addresses[i]))
			address = w->addresses[i];
	freeifaddrs(list);
	return address;
}

static void look(struct netwait *w, bool last)
{
	const char *address = missing(w);

	if (address && !last)
		return;
	sd_event_source_set_enabled(w->io, SD_EVENT_OFF);
	sd_event_source_set_enabled(w->timer, SD_EVENT_OFF);
	w->done(w->userdata, address);	/* may free @w */
}

static int on_first(sd_event_source *source __unused_arg, void *userdata)
{
	look(userdata, false);
	return 0;
}

/*
 * Any change of links or addresses triggers a new check. The contents of the messages do not
 * matter.
 */
static int on_change(sd_event_source *source __unused_arg, int fd __unused_arg,
		     uint32_t revents __unused_arg, void *userdata)
{
	struct netwait *w = userdata;

	nl_recvmsgs_default(w->sock);
	look(w, false);
	return 0;
}

static int on_timeout(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		      void *userdata)
{
	look(userdata, true);
	return 0;
}

static int watch(struct netwait *w)
{
	w->sock = nl_socket_alloc();
	if (!w->sock)
		return -ENOMEM;
	nl_socket_disable_seq_check(w->sock);
	if (nl_connect(w->sock, NETLINK_ROUTE) < 0 || nl_socket_set_nonblocking(w->sock) < 0 ||
	    nl_socket_add_memberships(w->sock, RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
				      RTNLGRP_IPV6_IFADDR, RTNLGRP_NONE) < 0)
		return -EIO;
	return 0;
}

int netwait_new(sd_event *event, char *const *addresses, size_t n, uint64_t timeout_usec,
		netwait_done_t done, void *userdata, struct netwait **ret)
{
	struct netwait *w = calloc(1, sizeof(*w));
	int r = -ENOMEM;

	if (!w)
		return r;
	*w = (struct netwait){
		.addresses = addresses,
		.n = n,
		.done = done,
		.userdata = userdata,
	};
	/* Subscribe before the first check, so that no change is missed. */
	r = watch(w);
	if (r >= 0)
		r = sd_event_add_io(event, &w->io, nl_socket_get_fd(w->sock), EPOLLIN, on_change,
				    w);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &w->timer, CLOCK_MONOTONIC, timeout_usec, 0,
					       on_timeout, w);
	if (r >= 0)
		r = sd_event_add_defer(event, &w->defer, on_first, w);
	if (r < 0) {
		netwait_free(w);
		return r;
	}
	*ret = w;
	return 0;
}

void netwait_free(struct netwait *w)
{
	if (!w)
		return;
	sd_event_source_disable_unref(w->io);
	sd_event_source_disable_unref(w->timer);
	sd_event_source_disable_unref(w->defer);
	nl_socket_free(w->sock);
	free(w);
}
