/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of checkpoints, units, and the nodes of a checkpoint. */
#ifndef PRAM_NAME_H
#define PRAM_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_LEN_MAX 64		/* bytes, without the nul */
#define NODE_PREFIX "ckpt/"
#define MANIFEST_FILE ".manifest"

/* What is wrong with @name as the name of a checkpoint, or NULL. The text is constant. */
const char *name_problem(const char *name);

static inline bool name_valid(const char *name)
{
	return !name_problem(name);
}

/*
 * What is wrong with @name as a service that can be kept, or NULL. It has to be NAME.service or
 * NAME@INSTANCE.service, and short enough to name a checkpoint.
 */
const char *unit_name_problem(const char *name);

/* The same for a slice. The root slice "-.slice" is refused. */
const char *slice_name_problem(const char *name);

/* May @name be a .socket unit of systemd? */
bool socket_name_valid(const char *name);

/* By the suffix alone; the rest of the name may be invalid. */
bool is_service_name(const char *name);
bool is_slice_name(const char *name);

/*
 * The unit name of a control group's directory. systemd prepends an underscore to names that
 * could be confused with files of the kernel; it is skipped. Points into @group.
 */
const char *group_unit(const char *group);

/* Writes "ckpt/NAME/FILE" into @buf. -ENAMETOOLONG if it does not fit @buf or PRAM_NAME_MAX. */
int node_name(const char *name, const char *file, char *buf, size_t size);

/*
 * Splits "ckpt/NAME/FILE". Returns false if @node does not have that form. @ret_name must have
 * room for NAME_LEN_MAX + 1 bytes; @ret_file points into @node.
 */
bool node_split(const char *node, char *ret_name, const char **ret_file);

/*
 * The name of the transient scope in which a registered tree is restored, escaped as systemd does
 * it. @buf has SCOPE_NAME_SIZE bytes.
 */
#define SCOPE_NAME_SIZE (5 + 4 * NAME_LEN_MAX + 7)
void scope_name(const char *name, char *buf);

#endif /* PRAM_NAME_H */
