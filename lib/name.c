// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/pram.h>

#include "name.h"
#include "str.h"

#define UNIT_NAME_MAX 255	/* systemd's limit, with the nul */
#define UNIT_SUFFIX ".service"
#define SLICE_SUFFIX ".slice"
#define SOCKET_SUFFIX ".socket"

const char *name_problem(const char *name)
{
	size_t len = name ? strlen(name) : 0;
	size_t i;

	if (!len)
		return "the name is empty";
	if (len > NAME_LEN_MAX)
		return "the name is longer than 64 bytes";
	if (str_eq(name, ".") || str_eq(name, ".."))
		return "the name is '.' or '..'";
	if (name[0] == '-')
		return "the name begins with '-'";
	for (i = 0; i < len; i++) {
		if (name[i] == '/')
			return "the name contains a slash";
		if (iscntrl((unsigned char)name[i]))
			return "the name contains a control character";
	}
	if (!utf8_valid(name, len))
		return "the name is not valid UTF-8";
	return NULL;
}

static bool has_unit_characters(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(":-_.\\@", *p))
			return false;
	return true;
}

const char *unit_name_problem(const char *name)
{
	const char *suffix = name ? strrchr(name, '.') : NULL;
	const char *at = name ? strchr(name, '@') : NULL;

	if (!suffix || suffix == name || !str_eq(suffix, UNIT_SUFFIX))
		return "it is no service: the name does not end in " UNIT_SUFFIX;
	if (at && at + 1 == suffix)
		return "it is a template: give the name of an instance";
	if (at == name)
		return "the name begins with '@'";
	if (!has_unit_characters(name))
		return "the name has a character that systemd does not allow in unit names";
	return name_problem(name);
}

static bool has_suffix(const char *name, const char *suffix)
{
	const char *last = strrchr(name, '.');

	return last && str_eq(last, suffix);
}

bool is_service_name(const char *name)
{
	return has_suffix(name, UNIT_SUFFIX);
}

bool is_slice_name(const char *name)
{
	return has_suffix(name, SLICE_SUFFIX);
}

bool socket_name_valid(const char *name)
{
	return has_suffix(name, SOCKET_SUFFIX) && name[0] != '.' && name[0] != '@' &&
	       strlen(name) < UNIT_NAME_MAX && has_unit_characters(name);
}

const char *group_unit(const char *group)
{
	return group + (group[0] == '_');
}

const char *slice_name_problem(const char *name)
{
	size_t len = strlen(name);

	if (!is_slice_name(name))
		return "it is no slice: the name does not end in " SLICE_SUFFIX;
	if (str_eq(name, "-" SLICE_SUFFIX))
		return "it is the slice that all others are in: name services or other slices";
	if (len >= UNIT_NAME_MAX || !has_unit_characters(name) || strchr(name, '@'))
		return "systemd does not allow this slice name";
	/* Dashes separate a slice from its parents: "a-b.slice" is in "a.slice". */
	if (name[0] == '-' || name[0] == '.' || strstr(name, "--") ||
	    strstr(name, "-" SLICE_SUFFIX))
		return "systemd does not allow this slice name";
	return NULL;
}

int node_name(const char *name, const char *file, char *buf, size_t size)
{
	int n = snprintf(buf, size, NODE_PREFIX "%s/%s", name, file);

	if (n < 0 || (size_t)n >= size || (size_t)n >= PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	return 0;
}

bool node_split(const char *node, char *ret_name, const char **ret_file)
{
	const char *name = str_after(node, NODE_PREFIX);
	const char *slash = name ? strchr(name, '/') : NULL;
	size_t len;

	if (!slash)
		return false;
	len = (size_t)(slash - name);
	if (len > NAME_LEN_MAX || !slash[1] || strchr(slash + 1, '/'))
		return false;
	if (str_eq(slash + 1, ".") || str_eq(slash + 1, ".."))
		return false;
	memcpy(ret_name, name, len);
	ret_name[len] = 0;
	*ret_file = slash + 1;
	return name_valid(ret_name);
}

/* FNV-1a. Replaces the name if its escaped form is too long for a unit name. */
static uint64_t name_hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3ULL;
	return h;
}

void scope_name(const char *name, char *buf)
{
	char *p = buf;

	p += sprintf(p, "pram-");
	for (const char *s = name; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (isalnum(c) || c == '_' || c == ':' || (c == '.' && s != name))
			*p++ = (char)c;
		else
			p += sprintf(p, "\\x%02x", c);
	}
	sprintf(p, ".scope");
	if (strlen(buf) >= UNIT_NAME_MAX)
		sprintf(buf, "pram-%016llx.scope", (unsigned long long)name_hash(name));
}
