/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's own addresses: which of some are they, and are they there yet. */
#ifndef PRAM_UNIT_NET_WAIT_H
#define PRAM_UNIT_NET_WAIT_H

#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct netwait;

/* @missing: an address that did not appear in time, or NULL if all exist. */
typedef void (*netwait_done_t)(void *userdata, const char *missing);

/*
 * Removes, and frees, the addresses that this machine does not have. Returns a negative errno on
 * failure.
 */
int netwait_keep_local(char **addresses, size_t *n);

/*
 * Calls @done once, from the event loop: when all addresses exist, or after @timeout_usec.
 * @addresses must stay valid until then. Returns a negative errno on failure; otherwise @ret is
 * freed with netwait_free().
 */
int netwait_new(sd_event *event, char *const *addresses, size_t n, uint64_t timeout_usec,
		netwait_done_t done, void *userdata, struct netwait **ret);

/* @w may be NULL. */
void netwait_free(struct netwait *w);

#endif /* PRAM_UNIT_NET_WAIT_H */
