// SPDX-License-Identifier: GPL-2.0-only
/* The reasons in a unit's configuration that prevent keeping it. */
#include "unit/check.h"
#include "unit/info.h"
#include "macro.h"
#include "str.h"

static bool is_one_of(const char *s, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(str_or(s), *list))
			return true;
	return false;
}

static const char *const none[] = { "", "no", "all", NULL };

static bool is_transient(const struct unit_info *u)
{
	return u->transient;
}

static bool has_other_type(const struct unit_info *u)
{
	static const char *const types[] = { "simple", "exec", "forking", "notify",
					     "notify-reload", "idle", NULL };

	return !is_one_of(u->type, types);
}

static bool has_root(const struct unit_info *u)
{
	return !str_empty(u->root_directory) || !str_empty(u->root_image);
}

static bool has_pids(const struct unit_info *u)
{
	return !is_one_of(u->private_pids, none);
}

static bool has_network(const struct unit_info *u)
{
	return u->private_network || !str_empty(u->network_namespace);
}

static bool is_delegated(const struct unit_info *u)
{
	return u->delegate;
}

/*
 * Part of systemd, or of what systemd needs to work: the next systemd starts its own before
 * anything is restored, with the state that it has itself.
 */
static bool is_systemds(const struct unit_info *u)
{
	const char *id = str_or(u->id);

	return str_after(id, "systemd-") || str_eq(id, "dbus.service") ||
	       str_eq(id, "dbus-broker.service");
}

static bool has_accepting_socket(const struct unit_info *u)
{
	return u->sockets.accept;
}

static bool has_special_socket(const struct unit_info *u)
{
	return u->sockets.special;
}

/* CRIU restores the datagrams in its queue, and connections to it, only for its own sockets. */
static bool has_datagram_socket(const struct unit_info *u)
{
	return u->sockets.unix_datagrams;
}

/* Such a directory is emptied before it is restored. */
static bool has_own_socket(const struct unit_info *u)
{
	for (char **p = u->sockets.paths; p && *p; p++) {
		const char *path = str_after(*p, "/var/run/");

		path = path ? path : str_after(*p, "/run/");
		for (char **d = u->runtime_directory; path && d && *d; d++) {
			const char *rest = str_after(path, *d);

			if (rest && *rest == '/')
				return true;
		}
	}
	return false;
}

static bool has_stored_fds(const struct unit_info *u)
{
	return u->n_stored_fds;
}

static const struct {
	bool (*applies)(const struct unit_info *u);
	enum reason_id id;
	bool apart;	/* its processes see other paths or PIDs: do not look at them */
	const char *text;
} rules[] = {
	{ is_transient, REASON_UNIT_TRANSIENT, false,
	  "it is a transient unit (systemd-run), which the next boot does not have: write a unit "
	  "file" },
	{ is_systemds, REASON_UNIT_SYSTEMD, false,
	  "it is a part of systemd, or its message bus: the next systemd starts its own before "
	  "anything is restored" },
	{ has_other_type, REASON_UNIT_TYPE, false,
	  "its Type= cannot be kept: a oneshot service has no lasting process, a dbus service "
	  "would lose its name on the bus" },
	{ has_root, REASON_UNIT_ROOT, true,
	  "it has a root of its own (RootDirectory=, RootImage=), where CRIU cannot run" },
	{ has_pids, REASON_UNIT_PIDS, true,
	  "it has its own PID namespace (PrivatePIDs=), which CRIU cannot restore" },
	{ has_network, REASON_UNIT_NETWORK, false,
	  "it has a network of its own (PrivateNetwork=, NetworkNamespacePath=), in which CRIU "
	  "cannot see its connection to the journal" },
	{ is_delegated, REASON_UNIT_DELEGATE, false,
	  "it manages control groups of its own (Delegate=), which are not kept" },
	{ has_accepting_socket, REASON_UNIT_SOCKET, false,
	  "its .socket unit starts an instance of it for each connection (Accept=yes)" },
	{ has_special_socket, REASON_UNIT_SOCKET, false,
	  "its .socket unit listens on something that is not a socket of the network or of a file "
	  "system (ListenFIFO=, ListenSpecial=, ListenNetlink=, ListenMessageQueue=)" },
	{ has_datagram_socket, REASON_UNIT_SOCKET, false,
	  "its .socket unit has a unix datagram socket (ListenDatagram=), whose queue CRIU restores "
	  "only for a socket that it makes itself" },
	{ has_own_socket, REASON_UNIT_SOCKET, false,
	  "its .socket unit listens in the RuntimeDirectory= of the service, which is emptied before "
	  "the service is restored: let it listen in another directory" },
	{ has_stored_fds, REASON_UNIT_STORED_FDS, false,
	  "systemd stores descriptors for it (FileDescriptorStoreMax=), which get lost" },
};

bool unit_check_config(const struct unit_info *u, struct unit_problems *p)
{
	bool apart = false;

	if (!str_eq(str_or(u->load_state), "loaded")) {
		unit_problem_add(p, reason_say(REASON_UNIT_MISSING, unit_problem_next(p),
					       "systemd has no such unit"));
		return false;	/* nothing else is known about it */
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (!rules[i].applies(u))
			continue;
		apart |= rules[i].apart;
		if (unit_problem_add(p, reason_say(rules[i].id, unit_problem_next(p), "%s",
						   rules[i].text)))
			return false;
	}
	return !apart;
}
