// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>

#include "unit/info.h"
#include "macro.h"
#include "str.h"
#include "strv.h"

#define ADDRESS "unix:path=/run/systemd/private"
#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define TIMEOUT (10 * USEC_PER_SEC)

struct property {
	const char *name;
	char type;		/* D-Bus type, but 'a': list of strings, 'e': commands */
	size_t offset;
};

#define FIELD(field) offsetof(struct unit_info, field)

static const struct property properties[] = {
	{ "Id", 's', FIELD(id) },
	{ "LoadState", 's', FIELD(load_state) },
	{ "ActiveState", 's', FIELD(active_state) },
	{ "SubState", 's', FIELD(sub_state) },
	{ "FragmentPath", 's', FIELD(fragment) },
	{ "DropInPaths", 'a', FIELD(drop_ins) },
	{ "TriggeredBy", 'a', FIELD(triggered_by) },
	{ "JoinsNamespaceOf", 'a', FIELD(joined) },
	{ "ActiveEnterTimestampMonotonic", 't', FIELD(started_usec) },
	{ "WatchdogUSec", 't', FIELD(watchdog_usec) },
	{ "Type", 's', FIELD(type) },
	{ "Restart", 's', FIELD(restart) },
	{ "MainPID", 'u', FIELD(main_pid) },
	{ "ControlGroup", 's', FIELD(cgroup) },
	{ "PIDFile", 's', FIELD(pid_file) },
	{ "ExecStart", 'e', FIELD(executable) },
	{ "RuntimeDirectory", 'a', FIELD(runtime_directory) },
	{ "PrivateTmp", 'b', FIELD(private_tmp) },
	{ "PrivateUsers", 'b', FIELD(private_users) },
	{ "PrivateNetwork", 'b', FIELD(private_network) },
	{ "NetworkNamespacePath", 's', FIELD(network_namespace) },
	{ "PrivatePIDs", 's', FIELD(private_pids) },
	{ "RootDirectory", 's', FIELD(root_directory) },
	{ "RootImage", 's', FIELD(root_image) },
	{ "Delegate", 'b', FIELD(delegate) },
	{ "Transient", 'b', FIELD(transient) },
	{ "DevicePolicy", 's', FIELD(device_policy) },
	{ "NFileDescriptorStore", 'u', FIELD(n_stored_fds) },
	{ "SyslogIdentifier", 's', FIELD(syslog_identifier) },
	{ "SyslogPriority", 'i', FIELD(syslog_priority) },
	{ "SyslogLevelPrefix", 'b', FIELD(syslog_level_prefix) },
};

static const struct property *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(properties); i++)
		if (str_eq(properties[i].name, name))
			return &properties[i];
	return NULL;
}

void unit_info_deinit(struct unit_info *u)
{
	for (size_t i = 0; i < ARRAY_SIZE(properties); i++) {
		void *field = (char *)u + properties[i].offset;

		if (properties[i].type == 's' || properties[i].type == 'e')
			free(*(char **)field);
		else if (properties[i].type == 'a')
			strv_free(*(char ***)field);
	}
	socket_units_deinit(&u->sockets);
	*u = (struct unit_info){};
}

void unit_info_free(struct unit_info *u)
{
	if (u)
		unit_info_deinit(u);
	free(u);
}

/* ExecStart= is an array a(sasbttttuii). Returns the program of the first command. */
static int read_command(sd_bus_message *m, char **ret)
{
	const char *path = NULL;
	int r = sd_bus_message_enter_container(m, 'a', "(sasbttttuii)");

	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'r', "sasbttttuii")) > 0) {
		const char *p;

		r = sd_bus_message_read(m, "s", &p);
		if (r >= 0)
			r = sd_bus_message_skip(m, "asbttttuii");
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		path = path ? path : p;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	if (r >= 0 && path) {
		*ret = strdup(path);
		r = *ret ? 0 : -ENOMEM;
	}
	return r;
}

static int read_string(sd_bus_message *m, char **ret)
{
	const char *s;
	int r = sd_bus_message_read(m, "s", &s);

	if (r < 0)
		return r;
	free(*ret);
	*ret = strdup(s);
	return *ret ? 0 : -ENOMEM;
}

static int read_bool(sd_bus_message *m, bool *ret)
{
	int v = 0;	/* sd_bus_message_read() stores booleans as int */
	int r = sd_bus_message_read(m, "b", &v);

	*ret = v;
	return r;
}

/* Reads the value of a property. The variant has been entered. */
static int read_value(sd_bus_message *m, const struct property *p, struct unit_info *u)
{
	char type[2] = { p->type };
	void *field = (char *)u + p->offset;

	switch (p->type) {
	case 's':
		return read_string(m, field);
	case 'a':
		return sd_bus_message_read_strv(m, field);
	case 'e':
		return read_command(m, field);
	case 'b':
		return read_bool(m, field);
	default:
		return sd_bus_message_read_basic(m, type[0], field);
	}
}

static int read_property(sd_bus_message *m, struct unit_info *u)
{
	const struct property *p;
	const char *name, *contents;
	int r = sd_bus_message_read(m, "s", &name);

	if (r < 0)
		return r;
	p = find(name);
	if (!p)
		return sd_bus_message_skip(m, "v");
	r = sd_bus_message_peek_type(m, NULL, &contents);
	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'v', contents);
	if (r >= 0)
		r = read_value(m, p, u);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_properties(sd_bus *bus, const char *path, const char *interface,
			   struct unit_info *u)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_call_method(bus, DESTINATION, path, "org.freedesktop.DBus.Properties",
				   "GetAll", NULL, &m, "s", interface);

	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_property(m, u);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
	}
	sd_bus_message_unref(m);
	return r;
}

static int open_bus(sd_bus **ret)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, ADDRESS);
	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, TIMEOUT);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r < 0) {
		sd_bus_unref(bus);
		return r;
	}
	*ret = bus;
	return 0;
}

int unit_info_read(const char *unit, struct unit_info *ret)
{
	struct unit_info u = {};
	sd_bus_message *m = NULL;
	sd_bus *bus = NULL;
	const char *path;
	int r = open_bus(&bus);

	if (r >= 0)
		r = sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, DESTINATION ".Manager",
				       "LoadUnit", NULL, &m, "s", unit);
	if (r >= 0)
		r = sd_bus_message_read(m, "o", &path);
	if (r >= 0)
		r = read_properties(bus, path, DESTINATION ".Unit", &u);
	if (r >= 0)
		r = read_properties(bus, path, DESTINATION ".Service", &u);
	if (r >= 0)
		r = socket_units_read(bus, u.triggered_by, &u.sockets);
	sd_bus_message_unref(m);
	sd_bus_flush_close_unref(bus);
	if (r < 0) {
		unit_info_deinit(&u);
		return r;
	}
	*ret = u;
	return 0;
}

int systemd_start_usec(uint64_t *ret)
{
	sd_bus *bus = NULL;
	int r = open_bus(&bus);

	if (r >= 0)
		r = sd_bus_get_property_trivial(bus, DESTINATION, MANAGER_PATH,
						DESTINATION ".Manager",
						"UserspaceTimestampMonotonic", NULL, 't', ret);
	sd_bus_flush_close_unref(bus);
	return r < 0 ? r : 0;
}
