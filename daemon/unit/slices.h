/* SPDX-License-Identifier: GPL-2.0-only */
/* The services that are to be kept: those that are enabled, and those in slices that are. */
#ifndef PRAM_UNIT_SLICES_H
#define PRAM_UNIT_SLICES_H

#include <stddef.h>

struct conf;

struct kept_unit {
	char *name;		/* a service */
	char *slice;		/* by which it is enabled, or NULL: by itself */
};

/* Ordered by name, each once; units_kept_free() frees it. */
int units_kept(const struct conf *c, struct kept_unit **ret, size_t *ret_n);
void units_kept_free(struct kept_unit *v, size_t n);

/*
 * The services that have processes in a slice, or in slices below it, are appended. @root: where
 * control groups are, SLICES_ROOT but in tests. A slice without any is empty.
 */
#define SLICES_ROOT "/sys/fs/cgroup"
int slice_services(const char *root, const char *slice, char ***v, size_t *n);

#endif /* PRAM_UNIT_SLICES_H */
