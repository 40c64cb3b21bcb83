// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "unit/socket_units.h"
#include "name.h"
#include "pb.h"
#include "str.h"
#include "strv.h"

#define DESTINATION "org.freedesktop.systemd1"
#define SOCKET_INTERFACE DESTINATION ".Socket"
#define UNITS_PATH "/org/freedesktop/systemd1/unit"

/* Others are FIFOs, devices, message queues, netlink sockets and functions of USB. */
static bool is_socket(const char *type)
{
	return str_eq(type, "Stream") || str_eq(type, "Datagram") ||
	       str_eq(type, "SequentialPacket");
}

static int add_address(struct socket_units *ret, size_t *n, const char *type, const char *address)
{
	ret->special |= !is_socket(type);
	if (address[0] != '/' && address[0] != '@')
		return 0;
	ret->unix_datagrams |= str_eq(type, "Datagram");
	return pb_append_str(n, &ret->paths, address);
}

/* Listen is an array a(ss) of types and addresses. */
static int read_listen(sd_bus *bus, const char *path, struct socket_units *ret, size_t *n)
{
	const char *type, *address;
	sd_bus_message *m = NULL;
	int r = sd_bus_get_property(bus, DESTINATION, path, SOCKET_INTERFACE, "Listen", NULL, &m,
				    "a(ss)");

	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', "(ss)");
	while (r >= 0 && (r = sd_bus_message_read(m, "(ss)", &type, &address)) > 0)
		r = add_address(ret, n, type, address);
	sd_bus_message_unref(m);
	return r < 0 ? r : 0;
}

static int read_accept(sd_bus *bus, const char *path, struct socket_units *ret)
{
	int accept = 0;
	int r = sd_bus_get_property_trivial(bus, DESTINATION, path, SOCKET_INTERFACE, "Accept",
					    NULL, 'b', &accept);

	ret->accept |= accept;
	return r;
}

/* Returns 1 if the unit is active, and what it listens on has been added to @ret; else 0. */
static int read_one(sd_bus *bus, const char *name, struct socket_units *ret, size_t *n_paths)
{
	char *path __cleanup(freep) = NULL;
	char *state __cleanup(freep) = NULL;
	int r = sd_bus_path_encode(UNITS_PATH, name, &path);

	if (r >= 0)
		r = sd_bus_get_property_string(bus, DESTINATION, path, DESTINATION ".Unit",
					       "ActiveState", NULL, &state);
	if (r < 0 || !str_eq(state, "active"))
		return r < 0 ? r : 0;
	r = read_accept(bus, path, ret);
	if (r >= 0)
		r = read_listen(bus, path, ret, n_paths);
	return r < 0 ? r : 1;
}

void socket_units_deinit(struct socket_units *s)
{
	strv_free(s->names);
	strv_free(s->paths);
	*s = (struct socket_units){};
}

int socket_units_read(sd_bus *bus, char *const *triggered_by, struct socket_units *ret)
{
	size_t n = 0, n_paths = 0;
	int r = 0;

	for (char *const *p = triggered_by; p && *p && r >= 0; p++) {
		if (!socket_name_valid(*p))
			continue;
		r = read_one(bus, *p, ret, &n_paths);
		if (r > 0)
			r = pb_append_str(&n, &ret->names, *p);
	}
	/* Both need their NULL, also after an error. */
	ret->names = strv_end(ret->names, n, 0);
	ret->paths = strv_end(ret->paths, n_paths, 0);
	return r < 0 ? r : ret->names && ret->paths ? 0 : -ENOMEM;
}
