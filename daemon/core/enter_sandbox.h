/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child of pramd's among the namespaces of a unit. systemd builds a unit's sandbox, and CRIU works
 * within it, before the kexec and after it: what CRIU sees as its own it need not rebuild.
 *
 * Everything of ours that CRIU needs lies on the host's side: see lib/namespaces.h for what is opened where.
 */
#ifndef PRAM_CORE_ENTER_SANDBOX_H
#define PRAM_CORE_ENTER_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* PID 1's root: from within any unit a path that begins with it is the host's. */
#define ENTER_ROOT "/proc/1/root"

struct enter {
	uint32_t pid;		/* whose namespaces */
	const char *cgroup;	/* and this control group, or NULL: not */
	bool other_ipc;		/* but not its IPC namespace, nor one that is the same */
};

/* In a child: it goes there. An error is written to standard error. */
int enter(const struct enter *e);

/*
 * In a child that is about to execute CRIU: opens and checks what is to be entered, and leaves it to CRIU's
 * plugin (NS_ENV). An error is written to standard error.
 */
int enter_by_plugin(const struct enter *e);

#endif /* PRAM_CORE_ENTER_SANDBOX_H */
