/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attributes of threads, pipes and sockets that CRIU 4.1 loses silently. They are read while
 * the process is stopped, and set before it executes anything. README.md has the table.
 *
 * Functions return 0 or a negative errno. What cannot be set at a restore is a warning in CRIU's
 * log: a process without its timer slack is better than none.
 */
#ifndef PRAM_PLUGIN_ATTRIBUTES_H
#define PRAM_PLUGIN_ATTRIBUTES_H

#include "plugin.pb-c.h"

/*
 * attributes.c: hooks. Return -1 if the dump or the restore has to fail; the reason has been
 * logged.
 */
int attributes_dump(int pid);
int attributes_restore(int pid);

/* threads.c: CPUs, priority of I/O, timer slack, bounds of utilization. */
int threads_save(int pid, Pram__Attributes *to);
void threads_set(int pid, const Pram__Attributes *from);

/* descriptors.c: owners and modes of pipes and sockets, options of sockets. */
int descriptors_save(int pid, Pram__Attributes *to);
void descriptors_set(int pid, const Pram__Attributes *from);

/*
 * sockopts.c: options of a socket that differ from those of a new one. -EOPNOTSUPP: the socket has
 * a protocol on top of TCP (kernel TLS) whose state is lost; logged.
 */
int sockopts_save(int sock, Pram__Descriptor *to);
void sockopts_set(int sock, const Pram__Descriptor *from);

#endif /* PRAM_PLUGIN_ATTRIBUTES_H */
