/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON of a lock (netlock.h), without nftables: made from what nftables lists, and checked.
 *
 * CRIU's table has the same chains, sets and rules in each dump; only its name and the elements
 * of its sets differ. So a lock is built from a template, the name and the elements, and any other
 * object, field or value is refused and named in the error. What is loaded is what was built here,
 * never a text that came out of PRAM.
 */
#ifndef PRAM_NETLOCKJSON_H
#define PRAM_NETLOCKJSON_H

#include "netlockerror.h"

#define NETLOCK_NAME_SIZE 48	/* of a table's name, with the nul */

/*
 * Finds the table of CRIU's run @run_id in @listing, which is nftables' list of the tables.
 * 1: @name is set; 0: there is none; -EBADMSG.
 */
int netlock_find_table(const char *listing, const char *run_id, char name[NETLOCK_NAME_SIZE],
		       struct netlock_error *e);

/*
 * Makes the lock of table @name from @listing, which is nftables' list of that table. @ret is NULL
 * if no set has an element. -EBADMSG: the table is not as CRIU makes it; -E2BIG, -ENOMEM.
 */
int netlock_from_listing(const char *listing, const char *name, char **ret, struct netlock_error *e);

/*
 * Checks @lock and builds it anew: @ret, which may be NULL, is what to load. -EBADMSG: it is not a
 * lock; -ENOMEM.
 */
int netlock_check(const char *lock, char name[NETLOCK_NAME_SIZE], char **ret, struct netlock_error *e);

/* Commands for nftables: a new string, or NULL without memory. @name may be NULL in a list: all tables. */
char *netlock_list_command(const char *name);
char *netlock_drop_command(const char *name);

#endif /* PRAM_NETLOCKJSON_H */
