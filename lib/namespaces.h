/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entering the namespaces of a service's process as root.
 *
 * A service may be hostile, and may create a user namespace. In a mount namespace that belongs to
 * such a user namespace the service decides what every path means, /proc and /usr included. So
 * root enters a namespace only if it belongs to root's own user namespace, which no process
 * without CAP_SYS_ADMIN can change. Namespaces are first opened, then checked through the open
 * files, and entered through the same files. The process cannot exchange them in between.
 *
 * Users: pramd, for its own children, and the CRIU plugin, for CRIU. CRIU is executed on the
 * host's side, so its interpreter, libraries and plugins are the host's. It enters from the
 * plugin's init().
 */
#ifndef PRAM_NAMESPACES_H
#define PRAM_NAMESPACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Environment variable for CRIU's plugin: the descriptors of a struct ns, see ns_format(). The
 * plugin removes it after use.
 */
#define NS_ENV "PRAM_ENTER"

/*
 * Mount, UTS, IPC, network and cgroup namespace. User and PID namespaces are never entered: see
 * docs/services.md.
 */
#define NS_COUNT 5
#define NS_TEXT_MAX 96

struct ns {
	int fds[NS_COUNT];	/* -1: stay in the current one */
	int cgroup_procs;	/* cgroup.procs of the control group to join last, or -1 */
	bool new_ipc;		/* unshare the IPC namespace instead of entering the process's */
};

/* Nothing to enter. */
#define NS_NONE { .fds = { -1, -1, -1, -1, -1 }, .cgroup_procs = -1 }

/*
 * Why root must not enter the namespaces of @pid, nor follow paths below /proc/PID/root: a text
 * in @buf, or NULL if it may. The user namespace of the process has to be the caller's, or one
 * that root created in it (PrivateUsers=). Each other namespace has to belong to the caller's
 * user namespace.
 *
 */
const char *ns_problem(uint32_t pid, char *buf, size_t size);

/*
 * Opens /proc/PID with O_PATH. What is opened relative to it is of that process, or nothing if the
 * process has ended, even if another one has got its PID.
 *
 * ns_allowed() is the check of ns_problem(). A process cannot get from a namespace that fails this
 * check to one that passes. So files that were opened relative to @process before a successful
 * check were opened in namespaces that pass.
 */
int ns_process(uint32_t pid);
bool ns_allowed(int process);

/*
 * Opens the namespaces of @pid, close-on-exec; ns_close() closes them. -EPERM: not allowed,
 * ns_problem() has the reason. Other negative errno: it cannot be found out. On an error nothing
 * is open. Does not touch @ret->cgroup_procs and @ret->new_ipc.
 */
int ns_open(uint32_t pid, struct ns *ret);
void ns_close(struct ns *ns);

/*
 * The text for NS_ENV. The caller lets the program inherit the descriptors. ns_parse() returns
 * -EINVAL if @text does not have that form.
 */
void ns_format(const struct ns *ns, char text[NS_TEXT_MAX]);
int ns_parse(const char *text, struct ns *ret);

/*
 * Makes the calling process, which must have only one thread, enter the namespaces. Then creates
 * /dev/pram with device number @dev if the unit has none, and joins the control group. The
 * working directory stays the one on the host's side. Fails unless the /proc inside is a procfs
 * in which PID 1 has the host's root: paths below /proc/1/root are the host's afterwards.
 *
 * On an error (a negative errno) @ret_what says what failed. Some namespaces may have been
 * entered, so the caller has to exit.
 */
int ns_enter(const struct ns *ns, uint64_t dev, const char **ret_what);

#endif /* PRAM_NAMESPACES_H */
