/* SPDX-License-Identifier: GPL-2.0-only */
/* Streams between a unit's processes and others, of which CRIU cannot keep half. */
#ifndef PRAM_UNIT_UNIX_PEERS_H
#define PRAM_UNIT_UNIX_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#include "pram.pb-c.h"
#include "reasons.h"

/*
 * Returns true, and why in @ret, if connections forbid to keep the processes. They have connected
 * to a socket of another process, other than the journal's; or, with @clients, another process is
 * connected to a socket of theirs.
 */
bool unixpeers_problem(Pram__Process *const *procs, size_t n_procs, bool clients,
		       struct reason_told *ret);

#endif /* PRAM_UNIT_UNIX_PEERS_H */
