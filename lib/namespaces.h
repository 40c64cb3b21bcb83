/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering the namespaces of a service's process as root.
 *
 * A service may be hostile, and may create a user namespace. In a mount namespace that belongs to
 * such a user namespace it decides what every path means, /proc and /usr included. So root enters a
 * namespace only if the namespace belongs to root's own user namespace, which no process without
 * CAP_SYS_ADMIN can change. Namespaces are opened first, checked as open files, and entered by those files:
 * what is checked is what is entered, whatever the process does meanwhile.
 *
 * Used by pramd, for its own children, and by the CRIU plugin, for CRIU: CRIU is executed on the host's
 * side, so its interpreter, libraries and plugins are the host's, and enters from the plugin's init().
 */
#ifndef PRAM_NAMESPACES_H
#define PRAM_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* To CRIU's plugin: the descriptors of a struct ns, see ns_format(). Removed once they were used. */
#define NS_ENV "PRAM_ENTER"

/* mount, UTS, IPC, network, cgroup; never user or pid: see docs/services.md */
#define NS_COUNT 5
#define NS_TEXT_MAX 96

struct ns {
	int fds[NS_COUNT];	/* -1: not to be entered */
	int cgroup_procs;	/* a cgroup.procs file to join at last, or -1 */
	bool new_ipc;		/* enter a new IPC namespace instead of the process's */
};

/* No descriptors. */
#define NS_NONE { .fds = { -1, -1, -1, -1, -1 }, .cgroup_procs = -1 }

/*
 * Why root must not enter the namespaces of @pid, nor walk paths below /proc/PID/root: in words, in @buf,
 * or NULL. The user namespace of the process has to be the caller's, or one that root made in it
 * (PrivateUsers=); each other namespace has to belong to the caller's user namespace.
 *
 * A process cannot return from a namespace that fails this check to one that passes. So what was opened below
 * /proc/PID before a successful check was opened in good namespaces.
 */
const char *ns_problem(uint32_t pid, char *buf, size_t size);

/*
 * Opens the namespaces of @pid, close-on-exec. -EPERM: ns_problem() has the reason; or another
 * negative errno. On an error nothing is open. @ret->cgroup_procs and @ret->new_ipc are left alone.
 */
int ns_open(uint32_t pid, struct ns *ret);
void ns_close(struct ns *ns);

/* For NS_ENV, with descriptors that the caller lets the program inherit; -EINVAL: not that text. */
void ns_format(const struct ns *ns, char text[NS_TEXT_MAX]);
int ns_parse(const char *text, struct ns *ret);

/*
 * The calling process, which must have one thread, enters: namespaces, then a /dev/pram of number @dev
 * where the unit has none, then the control group. It keeps its working directory, on the host's
 * side. The /proc that it finds inside has to be the kernel's, with PID 1's root in it: paths below
 * /proc/1/root are the host's. On an error @ret_what tells what could not be done, and some may have been
 * entered: the caller has to end.
 */
int ns_enter(const struct ns *ns, uint64_t dev, const char **ret_what);

#endif /* PRAM_NAMESPACES_H */
