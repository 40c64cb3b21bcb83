// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "criu/version.h"
#include "str.h"

/* The first version with the plugin's hooks. An older one says that the plugin cannot be loaded. */
#define OLDEST_MAJOR 4
#define OLDEST_MINOR 1

const char *criu_version_parse(char *text)
{
	char *p = strstr(text, "Version:");

	if (!p)
		return NULL;
	p = str_trim(p + strlen("Version:"));
	p[strcspn(p, "\r\n \t")] = 0;
	return isdigit((unsigned char)*p) ? p : NULL;
}

bool criu_version_problem(const char *version, struct reason_told *ret)
{
	unsigned int major, minor = 0;

	if (!version || sscanf(version, "%4u.%4u", &major, &minor) < 1)
		return false;
	if (major > OLDEST_MAJOR || (major == OLDEST_MAJOR && minor >= OLDEST_MINOR))
		return false;
	return reason_say(REASON_CRIU_VERSION, ret,
			  "CRIU %s is too old: pram needs CRIU %u.%u or later", version,
			  OLDEST_MAJOR, OLDEST_MINOR);
}
