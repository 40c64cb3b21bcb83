/* SPDX-License-Identifier: GPL-2.0-only */
/* Private to lib/netlock: CRIU's table as JSON objects. */
#ifndef PRAM_NETLOCK_PARTS_H
#define PRAM_NETLOCK_PARTS_H

#include <jansson.h>

#include "netlock/json.h"

#define NETLOCK_FAMILIES 2

/* One set of connections for each family: source address and port, destination address and port. */
struct netlock_family {
	const char *set;
	const char *ref;	/* the set's name in a rule */
	const char *address;	/* type of an address in nftables */
	const char *protocol;
	int af;
};

extern const struct netlock_family netlock_families[NETLOCK_FAMILIES];

/* What differs between locks. */
struct netlock_content {
	char name[NETLOCK_NAME_SIZE];
	json_t *elems[NETLOCK_FAMILIES];	/* arrays; NULL: none */
};

/*
 * Builds all objects of the table, with empty sets, in the order in which they can be loaded. NULL:
 * no memory.
 */
json_t *netlock_template(const char *table);

/* Builds the lock. Returns a new string, or NULL if there is no memory. */
char *netlock_build(const struct netlock_content *c);

/* For __cleanup(). */
void json_freep(json_t **json);

#endif /* PRAM_NETLOCK_PARTS_H */
