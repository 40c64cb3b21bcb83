/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a child of pramd in the namespaces of a unit. systemd builds the sandbox of a unit, before
 * the kexec and after it, and CRIU works inside: what CRIU shares with the tasks it does not have
 * to recreate.
 *
 * All files of ours that CRIU needs are on the host's side; see lib/namespaces.h for what is
 * opened when.
 */
#ifndef PRAM_CORE_ENTER_SANDBOX_H
#define PRAM_CORE_ENTER_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* PID 1's root. A path below it means the host's file, from within any unit. */
#define ENTER_ROOT "/proc/1/root"

struct enter {
	uint32_t pid;		/* whose namespaces to enter */
	const char *cgroup;	/* control group to join, or NULL */
	bool other_ipc;		/* enter a new, empty IPC namespace instead of the process's */
};

/*
 * Called in a forked child: enters the unit. Returns 0 or a negative errno, after it has written
 * the error to standard error.
 */
int enter(const struct enter *e);

/*
 * Called in a forked child that is about to execute CRIU: opens and checks the namespaces and
 * passes them to the CRIU plugin (NS_ENV), which enters them. Returns as enter() does.
 */
int enter_by_plugin(const struct enter *e);

#endif /* PRAM_CORE_ENTER_SANDBOX_H */
