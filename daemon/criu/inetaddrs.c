// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "criu/criu_image.h"
#include "criu/inetaddrs.h"
#include "criu.pb-c.h"
#include "pb.h"
#include "str.h"

struct addresses {
	char ***v;
	size_t *n;
};

static int add_once(struct addresses *a, const char *text)
{
	return pb_has_str(*a->n, *a->v, text) ? 0 : pb_append_str(a->n, a->v, text);
}

static int add_own_address(void *entry, void *arg)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	const Pram__Criu__InetSkEntry *sk = ((Pram__Criu__FileEntry *)entry)->isk;
	char text[INET6_ADDRSTRLEN];
	const uint8_t *raw;
	uint32_t af;

	if (!sk || (sk->family != AF_INET && sk->family != AF_INET6))
		return 0;
	af = sk->family;
	if (sk->n_src_addr != (af == AF_INET6 ? 4 : 1))
		return -EBADMSG;
	raw = (const uint8_t *)sk->src_addr;
	if (af == AF_INET6 && !memcmp(raw, mapped, sizeof(mapped))) {
		af = AF_INET;
		raw += sizeof(mapped);
	}
	return inet_ntop((int)af, raw, text, sizeof(text)) ? add_once(arg, text) : -errno;
}

int inetaddrs(int dir, char ***ret, size_t *ret_n)
{
	struct addresses a = { .v = ret, .n = ret_n };
	int r = criu_image_walk(dir, "files.img", &criu_image_files, add_own_address, &a);

	return r == -ENOENT ? 0 : r;	/* a process may have no files at all */
}
