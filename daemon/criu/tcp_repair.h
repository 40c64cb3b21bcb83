/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU was killed while it dumped: connections of the processes, which run on, would stay as it had put
 * them, silent (TCP_REPAIR), and their packets dropped by its table of nftables'.
 */
#ifndef PRAM_CRIU_TCP_REPAIR_H
#define PRAM_CRIU_TCP_REPAIR_H

#include <stddef.h>

#include "pram.pb-c.h"

/* All sockets of the processes speak again, and the table of the run that @log is of goes. What cannot be done is logged. */
void tcp_repair_end(Pram__Process *const *procs, size_t n_procs, const char *log);

#endif /* PRAM_CRIU_TCP_REPAIR_H */
