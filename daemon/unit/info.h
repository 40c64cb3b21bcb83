/* SPDX-License-Identifier: GPL-2.0-only */
/* A unit as systemd knows it, and what prevents keeping it. */
#ifndef PRAM_UNIT_INFO_H
#define PRAM_UNIT_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "unit/socket_units.h"
#include "pram.pb-c.h"
#include "reasons.h"

struct unit_conf;

/* Strings are NULL if systemd did not report them. Lists end with NULL. */
struct unit_info {
	char *id;
	char *load_state;
	char *active_state;
	char *sub_state;
	char *fragment;
	char *type;
	char *restart;
	char *cgroup;
	char *pid_file;
	char *device_policy;
	char *syslog_identifier;
	char *private_pids;
	char *root_directory;
	char *root_image;
	char *network_namespace;
	char *executable;	/* program of ExecStart= */
	char **runtime_directory;
	char **triggered_by;
	struct socket_units sockets;	/* of those in @triggered_by */
	char **joined;		/* units that share its private directories (JoinsNamespaceOf=) */
	char **drop_ins;
	uint32_t main_pid;
	uint32_t n_stored_fds;
	int32_t syslog_priority;
	uint64_t started_usec;	/* CLOCK_MONOTONIC, microseconds */
	uint64_t watchdog_usec;	/* 0 or UINT64_MAX: none */
	bool syslog_level_prefix;
	bool private_tmp;
	bool private_users;
	bool private_network;
	bool delegate;
	bool transient;		/* made by systemd-run or the like: has no unit file */
};

/*
 * Reads the properties of a unit, which is loaded if necessary, over systemd's own socket, so it
 * works without a bus daemon. Blocks for a few seconds at most. Returns a negative errno on
 * failure; otherwise @ret is released with unit_info_deinit().
 */
int unit_info_read(const char *unit, struct unit_info *ret);
void unit_info_deinit(struct unit_info *u);

/* Also frees @u itself, which may be NULL. */
void unit_info_free(struct unit_info *u);

/* When PID 1 started, in microseconds of CLOCK_MONOTONIC. Returns a negative errno on failure. */
int systemd_start_usec(uint64_t *ret);

bool unit_is_active(const struct unit_info *u);

/* The unit is activating: it has a main process that would be lost, and cannot be kept yet. */
bool unit_is_starting(const struct unit_info *u);

/* The functions below return true, and why in @ret, if the unit cannot be kept. */

/*
 * Checks the configuration and, if the unit runs, its processes. With @now also checks what may
 * change soon. Blocks for up to @conf->settle_usec if what forbids it may end by itself.
 */
bool unit_problem(const struct unit_info *u, const struct unit_conf *conf, bool now,
		  struct reason_told *ret);

/*
 * The same without @now, but goes on behind the first reason, as far as that makes sense. Returns
 * the number of those in @ret, which has room for @max, at least 1.
 */
size_t unit_problems(const struct unit_info *u, const struct unit_conf *conf,
		     struct reason_told *ret, size_t max);

/*
 * Looks for a process of the unit's control group that is not in the tree @procs and does not
 * descend from it: CRIU would leave it out, and systemd would kill it.
 */
bool unit_has_foreign_process(const struct unit_info *u, Pram__Process *const *procs, size_t n,
			      struct reason_told *ret);

/*
 * Looks for a process of the tree @procs that is not in the unit's control group, such as a session
 * of a user below sshd. CRIU would take it along, since it can only dump whole trees.
 */
bool unit_tree_is_larger(const struct unit_info *u, Pram__Process *const *procs, size_t n,
			 struct reason_told *ret);

/*
 * Looks for a process in namespaces that root must not enter, see lib/namespaces.h. If the
 * processes are stopped, the result stays true.
 */
bool unit_namespaces_problem(Pram__Process *const *procs, size_t n, struct reason_told *ret);

/*
 * What a restored process lacks although the configuration of the unit promises it, or NULL. The
 * text is constant.
 */
const char *unit_note(const struct unit_info *u);

#endif /* PRAM_UNIT_INFO_H */
