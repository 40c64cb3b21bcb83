/* SPDX-License-Identifier: GPL-2.0-only */
/* A unit as systemd knows it, and what stands in the way of keeping it. */
#ifndef PRAM_UNIT_INFO_H
#define PRAM_UNIT_INFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pram.pb-c.h"

/* Strings are NULL or what systemd says; lists end with a NULL. */
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
	char *proc_subset;
	char *private_pids;
	char *root_directory;
	char *root_image;
	char *network_namespace;
	char *executable;	/* of ExecStart= */
	char **runtime_directory;
	char **triggered_by;
	char **drop_ins;
	uint32_t main_pid;
	uint32_t n_stored_fds;
	int32_t syslog_priority;
	uint64_t started_usec;	/* monotonic */
	bool syslog_level_prefix;
	bool private_tmp;
	bool private_users;
	bool private_network;
	bool delegate;
};

/*
 * Asks systemd, over its own socket and not the bus daemon's, for no longer than
 * a few seconds. @unit need not be loaded.
 */
int unit_info_read(const char *unit, struct unit_info *ret);
void unit_info_deinit(struct unit_info *u);

/* Of one on the heap; takes NULL. */
void unit_info_free(struct unit_info *u);

/* When PID 1 began, after the kernel did. */
int systemd_start_usec(uint64_t *ret);

bool unit_is_active(const struct unit_info *u);

/* It has a main process, which would be lost, and is not yet what could be kept. */
bool unit_is_starting(const struct unit_info *u);

/*
 * Why the unit can never be kept as it is configured, in one line, or NULL. For one that
 * runs also what its processes are like; with @now, what hinders at this moment, too. @buf is for the text.
 */
const char *unit_problem(const struct unit_info *u, bool now, char *buf, size_t size);

/*
 * A process of its control group that is not in the tree @procs, nor a child of such a one: CRIU leaves it
 * out, and systemd ends it. In words, or NULL.
 */
const char *unit_stranger(const struct unit_info *u, Pram__Process *const *procs, size_t n, char *buf,
			  size_t size);

/*
 * One of these processes is in namespaces that root must not enter, see lib/namespaces.h: in words, or NULL.
 * What holds for stopped processes goes on to hold.
 */
const char *unit_namespaces_problem(Pram__Process *const *procs, size_t n, char *buf, size_t size);

/* What a restored process will not have that the unit's configuration promises, or NULL. */
const char *unit_note(const struct unit_info *u);

#endif /* PRAM_UNIT_INFO_H */
