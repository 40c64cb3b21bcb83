/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that outlive their kernel. From the dump on, their packets must not reach a
 * kernel that has no such socket: it would answer with a reset. CRIU makes an nftables table
 * at the dump that drops these packets, and deletes it at the end of a restore. The table does
 * not survive the kexec: a lock describes it in the checkpoint's manifest, and is loaded before
 * the first network interface is up.
 *
 * A lock is a JSON document as libnftables reads it (libnftables-json(5)), made by netlockjson.c.
 */
#ifndef PRAM_NETLOCK_H
#define PRAM_NETLOCK_H

#include "netlockerror.h"

/*
 * The lock of the table that CRIU's run @run_id has made; NULL if there is no such table, or no
 * connection in it: then the table is deleted.
 * -EBADMSG: the table is not made as expected. -EIO: nftables failed. @e is set on every error.
 */
int netlock_save(const char *run_id, char **ret, struct netlock_error *e);

/* -EBADMSG: @lock is not a lock: nothing of it is loaded. -EIO: nftables failed. */
int netlock_load(const char *lock, struct netlock_error *e);

/* Deletes the table that @lock describes, if it is there. Errors as above. */
int netlock_drop(const char *lock, struct netlock_error *e);

/* Deletes the table that CRIU's run @run_id has made, if it is there. */
int netlock_drop_run(const char *run_id, struct netlock_error *e);

#endif /* PRAM_NETLOCK_H */
