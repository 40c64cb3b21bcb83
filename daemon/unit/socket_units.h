/* SPDX-License-Identifier: GPL-2.0-only */
/* The .socket units of a service. */
#ifndef PRAM_UNIT_SOCKET_UNITS_H
#define PRAM_UNIT_SOCKET_UNITS_H

#include <systemd/sd-bus.h>

struct unit_info;

/*
 * Sets the fields socket* of @u from the units in @u->triggered_by. Returns a negative errno on
 * failure; what has been set then is released with @u.
 */
int socket_units_read(sd_bus *bus, struct unit_info *u);

#endif /* PRAM_UNIT_SOCKET_UNITS_H */
