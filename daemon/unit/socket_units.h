/* SPDX-License-Identifier: GPL-2.0-only */
/* The .socket units of a service. */
#ifndef PRAM_UNIT_SOCKET_UNITS_H
#define PRAM_UNIT_SOCKET_UNITS_H

#include <stdbool.h>
#include <systemd/sd-bus.h>

/* Those that are active. Only they matter: systemd passes no socket of another. */
struct socket_units {
	char **names;		/* ends with NULL */
	bool accept;		/* one of them starts an instance for each connection */
	bool special;		/* one of them listens on something that is not a socket */
	bool unix_datagrams;	/* one of them has a unix datagram socket */
	char **paths;		/* of unix sockets; ends with NULL, or is NULL */
};

/*
 * Reads them: those of @triggered_by, which ends with NULL and may be NULL, that are .socket units.
 * Returns a negative errno on failure. Release @ret with socket_units_deinit(), also then.
 */
int socket_units_read(sd_bus *bus, char *const *triggered_by, struct socket_units *ret);
void socket_units_deinit(struct socket_units *s);

#endif /* PRAM_UNIT_SOCKET_UNITS_H */
