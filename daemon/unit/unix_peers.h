/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams between a unit's processes and others, of which CRIU cannot keep half. */
#ifndef PRAM_UNIT_UNIX_PEERS_H
#define PRAM_UNIT_UNIX_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#include "pram.pb-c.h"

/*
 * Why the processes cannot be kept, or NULL: they have connected to a socket of somebody else's, the
 * journal's excepted; or, with @clients, somebody is connected to one of theirs. @buf is for the text.
 */
const char *unixpeers_problem(Pram__Process *const *procs, size_t n_procs, bool clients, char *buf,
			      size_t size);

#endif /* PRAM_UNIT_UNIX_PEERS_H */
