// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enters the namespaces of the unit that CRIU is to work on. When this runs, CRIU has opened its
 * libraries, plugins, image directory and log on the host's side. Afterwards paths mean what they
 * mean to the unit.
 */
#include <errno.h>
#include <execinfo.h>
#include <netdb.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>

#include "criu.h"
#include "namespaces.h"
#include "plugin.h"

/*
 * glibc reads nsswitch.conf at the first lookup of a name and loads the libraries that it lists.
 * Inside the unit, file and libraries would be the unit's. "files" is built into glibc.
 */
static int pin_name_services(void)
{
	static const char *const databases[] = { "passwd", "group", "hosts", "services",
						 "protocols", "networks" };

	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		if (__nss_configure_lookup(databases[i], "files") < 0)
			return -errno;
	return 0;
}

/*
 * libnftables has libxtables load a library if it prints a rule of iptables. CRIU prints none, but
 * inside the unit that library would be the unit's.
 */
static int pin_xtables(void)
{
	return setenv("XTABLES_LIBDIR", "/dev/null", true) < 0 ? -errno : 0;
}

/*
 * glibc loads libgcc_s at the first backtrace, which CRIU takes if it finds a bug in itself, and
 * when a thread is cancelled. Inside the unit it would be the unit's.
 */
static int load_unwinder(void)
{
	void *frame;

	return backtrace(&frame, 1) > 0 ? 0 : -ENOTSUP;
}

int plugin_enter(void)
{
	const char *text = getenv(NS_ENV), *what = "read " NS_ENV;
	struct ns ns = NS_NONE;
	struct stat dev = {};
	int r;

	if (!text)
		return 0;
	r = ns_parse(text, &ns);
	if (!r && plugin_dev < 0) {
		what = "open /dev/pram";
		r = -ENODEV;
	}
	if (!r && fstat(plugin_dev, &dev) < 0)
		r = -errno;
	if (!r) {
		what = "pin the name services";
		r = pin_name_services();
	}
	if (!r) {
		what = "pin the libraries of iptables";
		r = pin_xtables();
	}
	if (!r) {
		what = "load the unwinder";
		r = load_unwinder();
	}
	if (!r)
		r = ns_enter(&ns, dev.st_rdev, &what);
	if (r < 0) {
		plugin_error("cannot %s: %s", what, strerror(-r));
		return -1;
	}
	ns_close(&ns);
	unsetenv(NS_ENV);	/* pram-criu-hook fails while it is set */
	return 0;
}
