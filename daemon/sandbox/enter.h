/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a child of pramd in the namespaces of a unit. systemd builds the sandbox of a unit, before
 * the kexec and after it, and CRIU works inside: what CRIU shares with the tasks it does not have
 * to recreate.
 *
 * All files of pram that CRIU needs are on the host's side; see lib/namespaces.h for what is
 * opened when.
 */
#ifndef PRAM_SANDBOX_ENTER_H
#define PRAM_SANDBOX_ENTER_H

#include <stdbool.h>
#include <stdint.h>

/* PID 1's root. A path below it means the host's file, from within any unit. */
#define SANDBOX_HOST_ROOT "/proc/1/root"

struct sandbox {
	uint32_t pid;		/* whose namespaces to enter */
	const char *cgroup;	/* control group to join, or NULL */
	bool other_ipc;		/* enter a new, empty IPC namespace instead of the process's */
};

/*
 * Enters the unit. Returns 0 or a negative errno, after it has written the error to standard error.
 * This one and the next are for spawn_args.prepare: called in a forked child with a struct sandbox.
 */
int sandbox_enter(const void *sandbox);

/*
 * For a child that is about to execute CRIU: opens and checks the namespaces and passes them to the
 * CRIU plugin (NS_ENV), which enters them. Returns as sandbox_enter() does.
 */
int sandbox_enter_by_plugin(const void *sandbox);

#endif /* PRAM_SANDBOX_ENTER_H */
