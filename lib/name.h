/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of checkpoints, and of the nodes that hold them. */
#ifndef PRAM_NAME_H
#define PRAM_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_LEN_MAX 64		/* bytes, without the nul */
#define NODE_PREFIX "ckpt/"
#define MANIFEST_FILE ".manifest"

/* NULL if @name can name a checkpoint, or what is wrong with it. */
const char *name_problem(const char *name);

static inline bool name_valid(const char *name)
{
	return !name_problem(name);
}

/*
 * NULL if @name is a service of systemd's that can be kept: NAME.service or
 * NAME@INSTANCE.service, and short enough to name a checkpoint.
 */
const char *unit_name_problem(const char *name);

/* The same of a slice of systemd's, but the one that all are in. */
const char *slice_name_problem(const char *name);

/* What a name is the name of, be it a good one or not. */
bool is_service_name(const char *name);
bool is_slice_name(const char *name);

/* The unit that a control group is of. systemd puts an underscore before what looks like a file of the kernel's. */
const char *group_unit(const char *group);

/* "ckpt/NAME/FILE" into @buf: -ENAMETOOLONG, also for what the kernel cannot name. */
int node_name(const char *name, const char *file, char *buf, size_t size);

/*
 * Splits "ckpt/NAME/FILE": false if @node is not of that form. @ret_name holds
 * NAME_LEN_MAX + 1 bytes; @ret_file points into @node.
 */
bool node_split(const char *node, char *ret_name, const char **ret_file);

/*
 * The transient scope that a checkpoint's tree is restored in, escaped as
 * systemd names things. @buf: SCOPE_NAME_SIZE bytes.
 */
#define SCOPE_NAME_SIZE (5 + 4 * NAME_LEN_MAX + 7)
void scope_name(const char *name, char *buf);

#endif /* PRAM_NAME_H */
