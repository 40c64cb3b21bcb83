// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRIU goes into the unit that pramd has it work on. By now CRIU has its libraries, plugins, image
 * directory and log, all of them the host's; from now on a path means what it means to the unit.
 */
#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>

#include "criu.h"
#include "namespaces.h"
#include "plugin.h"

/*
 * glibc reads nsswitch.conf when a name is first looked up, and loads the libraries that it names: inside that would be
 * the unit's file, and the unit's libraries. "files" is part of glibc itself.
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
	if (!r)
		r = ns_enter(&ns, dev.st_rdev, &what);
	if (r < 0) {
		plugin_error("cannot %s: %s", what, strerror(-r));
		return -1;
	}
	ns_close(&ns);
	unsetenv(NS_ENV);	/* pram-criu-hook insists on it */
	return 0;
}
