// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inhibitor locks of logind. pramd asks before it touches anything: systemctl kexec would only say
 * no when all processes are frozen.
 */
#include <errno.h>
#include <systemd/sd-bus.h>

#include "reboot/inhibitors.h"
#include "reboot/precheck.h"
#include "macro.h"
#include "str.h"

#define DESTINATION "org.freedesktop.login1"
#define MANAGER_PATH "/org/freedesktop/login1"
#define TIMEOUT (5 * USEC_PER_SEC)
#define LOCK "ssssuu"

struct lock {
	const char *what;	/* list of operations, separated by ':' */
	const char *who;
	const char *why;
	const char *mode;
	uint32_t uid;
	uint32_t pid;
};

static bool forbids_shutdown(const struct lock *lock)
{
	const char *p = lock->what;

	if (!str_eq(lock->mode, "block") && !str_eq(lock->mode, "block-weak"))
		return false;
	while (*p) {
		size_t len = strcspn(p, ":");

		if (len == strlen("shutdown") && !strncmp(p, "shutdown", len))
			return true;
		p += len + (p[len] == ':');
	}
	return false;
}

/* Returns the number of locks that forbid a shutdown, or a negative errno. */
static int read_locks(sd_bus_message *m, Pram__KexecReport *rep)
{
	struct lock l;
	int n = 0;
	int r = sd_bus_message_enter_container(m, 'a', "(" LOCK ")");

	while (r >= 0 && (r = sd_bus_message_read(m, "(" LOCK ")", &l.what, &l.who, &l.why, &l.mode,
						  &l.uid, &l.pid)) > 0) {
		if (!forbids_shutdown(&l))
			continue;
		precheck_add(rep, "inhibitors", false,
			     "%s (process %u) has an inhibitor lock against a "
			     "shutdown: %s. End that program; systemd-inhibit --list shows the locks",
			     l.who, l.pid, l.why);
		n++;
	}
	return r < 0 ? r : n;
}

static int ask(Pram__KexecReport *rep)
{
	sd_bus_message *m = NULL;
	sd_bus *bus = NULL;
	int r = sd_bus_open_system(&bus);

	if (r >= 0)
		r = sd_bus_set_method_call_timeout(bus, TIMEOUT);
	if (r >= 0)
		r = sd_bus_call_method(bus, DESTINATION, MANAGER_PATH, DESTINATION ".Manager",
				       "ListInhibitors", NULL, &m, "");
	if (r >= 0)
		r = read_locks(m, rep);
	sd_bus_message_unref(m);
	sd_bus_flush_close_unref(bus);
	return r;
}

void inhibitors_check(Pram__KexecReport *rep)
{
	int n = ask(rep);

	if (n <= 0)
		precheck_add(rep, "inhibitors", true, "%s",
			     n < 0 ? "logind does not answer, so inhibitor locks have no effect" :
				     "no program has an inhibitor lock against a shutdown");
}
