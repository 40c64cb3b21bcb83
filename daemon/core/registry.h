/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The trees that a kexec is to keep, in a file that lasts as long as the boot
 * does. A tree is its root's pid and start time, which together are never used
 * twice; CRIU takes a pid, so a pidfd would add nothing.
 */
#ifndef PRAM_CORE_REGISTRY_H
#define PRAM_CORE_REGISTRY_H

#include <stdint.h>

#include "pram.pb-c.h"

struct manager;

#define REGISTRY_MAX 256
#define REGISTRY_BYTES_MAX (1024u * 1024)

/* Never fails for what the file holds: what cannot be used is logged and dropped. */
int registry_load(struct manager *m);

Pram__Tree *registry_find(const struct manager *m, const char *name);
Pram__Tree *registry_find_pid(const struct manager *m, uint32_t pid, uint64_t starttime);

/* -EEXIST, -ENOSPC (too many), -ESRCH, or an error of writing the file. */
int registry_add(struct manager *m, const char *name, uint32_t pid, const Pram__Options *options);
int registry_remove(struct manager *m, const char *name);

/* As it is now, for answers. */
Pram__Tree *registry_message(const Pram__Tree *t);

#endif /* PRAM_CORE_REGISTRY_H */
