/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU among the namespaces of a unit. systemd builds a unit's sandbox, and CRIU works
 * within, before as after the kexec: what it sees as its own it need not rebuild.
 *
 * Its program, the images and all else of ours lie outside. PID 1's root shows them
 * from within any sandbox, on mounts that the sandbox has not put limits on: a
 * path that begins with ENTER_ROOT means the same everywhere.
 */
#ifndef PRAM_ENTER_H
#define PRAM_ENTER_H

#include <stdbool.h>
#include <stdint.h>

#define ENTER_ROOT "/proc/1/root"

struct enter {
	uint32_t pid;		/* whose namespaces */
	const char *cgroup;	/* and this control group, or NULL: not */
	bool other_ipc;		/* but not its IPC namespace, nor one that is the same */
};

/*
 * In a child, before it runs CRIU: goes there and makes sure that there is a
 * /dev/pram. An error is written to standard error.
 */
int enter(const struct enter *e);

#endif /* PRAM_ENTER_H */
