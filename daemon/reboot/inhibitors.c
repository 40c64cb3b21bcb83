// SPDX-License-Identifier: GPL-2.0-only
/*
 * Inhibitor locks of logind. pramd checks them before it changes anything, because systemctl kexec
 * would refuse only after all processes are frozen. A delay lock does not refuse the shutdown, but
 * logind waits for its holder. pramd cannot wait earlier, since logind cannot withdraw the
 * announcement if the reboot is called off. So the report names the holders.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
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

/* The delay locks. */
struct delays {
	char names[256];	/* who has them, for the report */
	unsigned int n;
	uint64_t max_usec;	/* as long as logind waits for them; 0: not known */
};

static bool forbids(const struct lock *lock)
{
	return str_eq(lock->mode, "block") || str_eq(lock->mode, "block-weak");
}

static bool concerns_shutdown(const struct lock *lock)
{
	const char *p = lock->what;

	while (*p) {
		size_t len = strcspn(p, ":");

		if (len == strlen("shutdown") && !strncmp(p, "shutdown", len))
			return true;
		p += len + (p[len] == ':');
	}
	return false;
}

static void add_delay(struct delays *d, const struct lock *l)
{
	size_t len = strlen(d->names);

	d->n++;
	snprintf(d->names + len, sizeof(d->names) - len, "%s%s (process %u)", len ? ", " : "", l->who,
		 l->pid);
}

/* Returns the number of locks that forbid a shutdown, or a negative errno. */
static int read_locks(sd_bus_message *m, struct delays *delays, Pram__KexecReport *rep)
{
	struct lock l;
	int n = 0;
	int r = sd_bus_message_enter_container(m, 'a', "(" LOCK ")");

	while (r >= 0 && (r = sd_bus_message_read(m, "(" LOCK ")", &l.what, &l.who, &l.why, &l.mode,
						  &l.uid, &l.pid)) > 0) {
		if (!concerns_shutdown(&l))
			continue;
		if (!forbids(&l)) {
			add_delay(delays, &l);
			continue;
		}
		precheck_add(rep, "inhibitors", false,
			     "%s (process %u) has an inhibitor lock against a "
			     "shutdown: %s. End that program; systemd-inhibit --list shows the locks",
			     l.who, l.pid, l.why);
		n++;
	}
	return r < 0 ? r : n;
}

static int ask(struct delays *delays, Pram__KexecReport *rep)
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
		r = read_locks(m, delays, rep);
	if (r >= 0 && delays->n &&
	    sd_bus_get_property_trivial(bus, DESTINATION, MANAGER_PATH, DESTINATION ".Manager",
					"InhibitDelayMaxUSec", NULL, 't', &delays->max_usec) < 0)
		delays->max_usec = 0;
	sd_bus_message_unref(m);
	sd_bus_flush_close_unref(bus);
	return r;
}

void inhibitors_check(Pram__KexecReport *rep)
{
	struct delays delays = {};
	int n = ask(&delays, rep);

	if (n < 0)
		precheck_add(rep, "inhibitors", true,
			     "logind does not answer, so inhibitor locks have no effect");
	else if (!n && !delays.n)
		precheck_add(rep, "inhibitors", true,
			     "no program has an inhibitor lock against a shutdown");
	else if (!n)
		precheck_add(rep, "inhibitors", true,
			     "no program has an inhibitor lock against a shutdown, but delay locks make the "
			     "outage longer, by up to %" PRIu64 " s: %s",
			     (uint64_t)(delays.max_usec / USEC_PER_SEC), delays.names);
}
