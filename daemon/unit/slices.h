/* SPDX-License-Identifier: GPL-2.0-only */
/* The services that are to be kept: those that are enabled, and those in slices that are. */
#ifndef PRAM_UNIT_SLICES_H
#define PRAM_UNIT_SLICES_H

#include <stddef.h>

struct conf;

struct kept_unit {
	char *name;		/* name of a service */
	char *slice;		/* the slice that enables it; NULL: enabled itself */
};

/*
 * The list is ordered by name without duplicates. Free it with units_kept_free(). Returns a
 * negative errno on failure.
 */
int units_kept(const struct conf *c, struct kept_unit **ret, size_t *ret_n);
void units_kept_free(struct kept_unit *v, size_t n);

/*
 * Appends the services that have processes in a slice or in slices below it; the caller frees
 * strings and array. @root is SLICES_ROOT, except in tests. A slice that does not exist has no
 * services. Returns a negative errno on failure.
 */
#define SLICES_ROOT "/sys/fs/cgroup"
int slice_services(const char *root, const char *slice, char ***v, size_t *n);

#endif /* PRAM_UNIT_SLICES_H */
