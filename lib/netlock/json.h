/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON of a lock (netlock.h): made from a listing of nftables, and checked. Nothing in here
 * calls nftables.
 *
 * CRIU's table has the same chains, sets and rules in each dump. Only its name and the elements of
 * its sets differ. So a lock is built from a template, the name and the elements. Any other object,
 * field or value is refused, and the error names it. Only a document that was built here is loaded,
 * never one that was read from PRAM.
 */
#ifndef PRAM_NETLOCK_JSON_H
#define PRAM_NETLOCK_JSON_H

#include "netlock/error.h"

#define NETLOCK_NAME_SIZE 48	/* buffer for the name of a table, with the nul */

/*
 * Finds the table of CRIU's run @run_id in @listing, nftables' list of all tables. Returns 1 and
 * @name, or 0 if there is none. -EBADMSG: @listing cannot be parsed.
 */
int netlock_find_table(const char *listing, const char *run_id, char name[NETLOCK_NAME_SIZE],
		       struct netlock_error *e);

/*
 * Makes the lock from @listing, nftables' list of the table @name. @ret is NULL if no set has an
 * element. -EBADMSG: the table is not as CRIU makes it. -E2BIG: the lock is larger than
 * NETLOCK_MAX. -ENOMEM.
 */
int netlock_from_listing(const char *listing, const char *name, char **ret,
			 struct netlock_error *e);

/*
 * Checks @lock, and builds it again into @ret, which may be NULL. Load @ret, not @lock. @name is
 * the name of the table. -EBADMSG: @lock is not a valid lock. -ENOMEM.
 */
int netlock_check(const char *lock, char name[NETLOCK_NAME_SIZE], char **ret,
		  struct netlock_error *e);

/*
 * Commands for nftables: list one table, or all tables if @name is NULL; delete a table. Each
 * returns a new string, or NULL if there is no memory.
 */
char *netlock_list_command(const char *name);
char *netlock_drop_command(const char *name);

#endif /* PRAM_NETLOCK_JSON_H */
