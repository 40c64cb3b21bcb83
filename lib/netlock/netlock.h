/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks drop the packets of TCP connections between a dump and the restore. A kernel without the
 * socket would answer such a packet with a reset.
 *
 * At the dump CRIU creates an nftables table that drops the packets, and at the end of a restore it
 * deletes the table. The table does not survive the kexec. So the checkpoint's manifest contains a
 * lock, which describes the table. The next kernel loads the lock before the first network
 * interface is up.
 *
 * A lock is a JSON document for libnftables (libnftables-json(5)); see json.h.
 */
#ifndef PRAM_NETLOCK_NETLOCK_H
#define PRAM_NETLOCK_NETLOCK_H

#include "netlock/error.h"

/*
 * Makes the lock from the table of CRIU's run @run_id. @ret is NULL if there is no such table. If
 * the table contains no connection, deletes it; @ret is NULL then, too.
 *
 * -EBADMSG: the table is not as CRIU makes it. -EIO: nftables failed. Every error sets @e.
 */
int netlock_save(const char *run_id, char **ret, struct netlock_error *e);

/*
 * Loads the table that @lock describes. -EBADMSG: @lock is not a valid lock, and nothing is loaded.
 * -EIO: nftables failed.
 */
int netlock_load(const char *lock, struct netlock_error *e);

/* Deletes the table that @lock describes, if it exists. Errors as above. */
int netlock_drop(const char *lock, struct netlock_error *e);

/* Deletes the table of CRIU's run @run_id, if it exists. */
int netlock_drop_run(const char *run_id, struct netlock_error *e);

#endif /* PRAM_NETLOCK_NETLOCK_H */
