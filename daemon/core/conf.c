// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "core/conf.h"
#include "str.h"

/* Where the plugin is installed. Unit tests do not set it. */
#ifndef PRAM_PLUGINDIR
#define PRAM_PLUGINDIR ""
#endif

#define TIMEOUT_MAX_SEC (24 * 3600)
#define PARALLEL_MAX 1024

void conf_defaults(struct conf *c)
{
	strcpy(c->criu, "criu");
	strcpy(c->criu_lib, PRAM_PLUGINDIR);
	c->dump_timeout_usec = 600 * USEC_PER_SEC;
	c->restore_timeout_usec = 600 * USEC_PER_SEC;
	c->boot_timeout_usec = 120 * USEC_PER_SEC;
	c->jump_timeout_usec = 60 * USEC_PER_SEC;
	c->parallel_dumps = 0;
}

static const char *set_path(char *dst, size_t size, const char *value)
{
	if (strlen(value) >= size)
		return "the path is too long";
	strcpy(dst, value);
	return NULL;
}

const char *conf_timeout(uint64_t *dst, const char *value)
{
	uint64_t sec;

	if (str_u64(value, 10, &sec) < 0 || !sec || sec > TIMEOUT_MAX_SEC)
		return "not a number of seconds between 1 and 86400";
	*dst = sec * USEC_PER_SEC;
	return NULL;
}

static const char *set_number(unsigned int *dst, const char *value, unsigned int max)
{
	uint64_t n;

	if (str_u64(value, 10, &n) < 0 || n > max)
		return "not a number between 0 and 1024";
	*dst = (unsigned int)n;
	return NULL;
}

static const char *set_key(void *userdata, const char *key, const char *value)
{
	struct conf *c = userdata;

	if (str_eq(key, "Criu"))
		return set_path(c->criu, sizeof(c->criu), value);
	if (str_eq(key, "CriuLib"))
		return set_path(c->criu_lib, sizeof(c->criu_lib), value);
	if (str_eq(key, "DumpTimeoutSec"))
		return conf_timeout(&c->dump_timeout_usec, value);
	if (str_eq(key, "RestoreTimeoutSec"))
		return conf_timeout(&c->restore_timeout_usec, value);
	if (str_eq(key, "BootTimeoutSec"))
		return conf_timeout(&c->boot_timeout_usec, value);
	if (str_eq(key, "JumpTimeoutSec"))
		return conf_timeout(&c->jump_timeout_usec, value);
	if (str_eq(key, "ParallelDumps"))
		return set_number(&c->parallel_dumps, value, PARALLEL_MAX);
	return "unknown key";
}

static const char *parse_line(char *line, conf_set_t set, void *userdata)
{
	char *key = str_trim(line);
	char *eq = strchr(key, '=');

	if (!*key || *key == '#')
		return NULL;
	if (!eq)
		return "no '='";
	*eq = 0;
	return set(userdata, str_trim(key), str_trim(eq + 1));
}

unsigned int conf_lines(const char *text, conf_set_t set, void *userdata, const char **ret_problem)
{
	char *copy __cleanup(freep) = strdup(text);
	unsigned int n = 0;
	char *save, *next;

	*ret_problem = copy ? NULL : "no memory";
	for (save = copy; save && !*ret_problem; save = next) {
		next = strchr(save, '\n');
		if (next)
			*next++ = 0;
		n++;
		*ret_problem = parse_line(save, set, userdata);
	}
	return *ret_problem ? n + !n : 0;
}

unsigned int conf_parse(struct conf *c, const char *text, const char **ret_problem)
{
	return conf_lines(text, set_key, c, ret_problem);
}
