/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trees that a kexec is to keep. The registry is a file that is valid for one boot. A tree is
 * identified by PID and start time of its root, a pair that is never reused. A pidfd would not
 * help, since CRIU takes a PID.
 */
#ifndef PRAM_CORE_REGISTRY_H
#define PRAM_CORE_REGISTRY_H

#include <stdint.h>

#include "pram.pb-c.h"

struct manager;

#define REGISTRY_MAX 256
#define REGISTRY_BYTES_MAX (1024u * 1024)

/*
 * Reads the registry. If the file is not usable, logs that and starts with an empty registry.
 * Fails only without memory.
 */
int registry_load(struct manager *m);

Pram__Tree *registry_find(const struct manager *m, const char *name);
Pram__Tree *registry_find_pid(const struct manager *m, uint32_t pid, uint64_t starttime);

/*
 * Adds a tree and writes the file. -EEXIST: the name is taken. -ENOSPC: too many trees. -ESRCH:
 * there is no such process. Other negative errno: the file cannot be written.
 */
int registry_add(struct manager *m, const char *name, uint32_t pid, const Pram__Options *options);
int registry_remove(struct manager *m, const char *name);

/* A tree with its current state, for answers. The caller frees it; NULL without memory. */
Pram__Tree *registry_message(const Pram__Tree *t);

#endif /* PRAM_CORE_REGISTRY_H */
