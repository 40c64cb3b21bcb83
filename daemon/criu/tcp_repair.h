/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cleanup after CRIU was killed during a dump. The processes run on, but their connections would
 * stay as CRIU left them: in TCP repair mode, and with packets dropped by CRIU's nftables table.
 */
#ifndef PRAM_CRIU_TCP_REPAIR_H
#define PRAM_CRIU_TCP_REPAIR_H

#include <stddef.h>

#include "pram.pb-c.h"

/*
 * Ends TCP repair mode of all sockets of the processes, and removes the nftables table of the
 * CRIU run that wrote @log. Failures are logged.
 */
void tcp_repair_end(Pram__Process *const *procs, size_t n_procs, const char *log);

#endif /* PRAM_CRIU_TCP_REPAIR_H */
