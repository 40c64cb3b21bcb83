/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that outlive their kernel. From the dump on, packets of theirs must meet no
 * kernel that has no such socket: it would answer with a reset. CRIU drops them by a table
 * of nftables' that it makes at the dump and removes when a restore is done. It
 * does not come over the kexec on its own: its text is kept with the checkpoint, and
 * loaded before the first network interface is up.
 */
#ifndef PRAM_NETLOCK_H
#define PRAM_NETLOCK_H

#include <stdbool.h>
#include <stddef.h>

#define NETLOCK_MAX (8u << 20)	/* bytes of such a text */

/*
 * The text of the table that CRIU's run @run_id has made; NULL if there is none, or no
 * connection in it: then it is removed. -EIO: nftables does not say, or does not do so.
 */
int netlock_save(const char *run_id, char **ret);

/* -EBADMSG: it is no such text. -EIO: nftables does not take it. */
int netlock_load(const char *text);

/* Removes the table that the text is of; it may have gone. */
int netlock_drop(const char *text);

/* The same of the table that CRIU's run @run_id has made, if there is one. */
int netlock_drop_run(const char *run_id);

/* The name of the table: -EBADMSG if it is no such text. @buf: NETLOCK_NAME_SIZE bytes. */
#define NETLOCK_NAME_SIZE 64
int netlock_name(const char *text, char *buf);

#endif /* PRAM_NETLOCK_H */
