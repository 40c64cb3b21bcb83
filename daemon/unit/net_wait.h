/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's own addresses: which of some are they, and are they there yet. */
#ifndef PRAM_UNIT_NET_WAIT_H
#define PRAM_UNIT_NET_WAIT_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct netwait;

/* @missing: an address that is not there in time; NULL: all are. */
typedef void (*netwait_done_t)(void *userdata, const char *missing);

/* Strikes out, and frees, those of @addresses that this machine does not have. */
int netwait_keep_local(char **addresses, size_t *n);

/* Calls @done once, from the event loop. @addresses must last until then. */
int netwait_new(sd_event *event, char *const *addresses, size_t n, uint64_t timeout_usec,
		netwait_done_t done, void *userdata, struct netwait **ret);

/* Takes NULL. */
void netwait_free(struct netwait *w);

#endif /* PRAM_UNIT_NET_WAIT_H */
