// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/conf.h"
#include "unit/conf.h"
#include "io.h"
#include "log.h"
#include "name.h"
#include "pb.h"
#include "str.h"

#define CONF_MAX 65536
#define UNITS_MAX 4096

static const char *set_bool(bool *dst, const char *value)
{
	if (str_eq(value, "yes"))
		*dst = true;
	else if (str_eq(value, "no"))
		*dst = false;
	else
		return "neither yes nor no";
	return NULL;
}

static const char *set_failure(struct unit_conf *uc, const char *value)
{
	if (!str_eq(value, "fresh") && !str_eq(value, "wait"))
		return "neither fresh nor wait";
	uc->fresh = str_eq(value, "fresh");
	return NULL;
}

static const char *set_streams(struct unit_conf *uc, const char *value)
{
	if (!str_eq(value, "close") && !str_eq(value, "refuse"))
		return "neither refuse nor close";
	uc->close_streams = str_eq(value, "close");
	return NULL;
}

static const char *set_key(void *userdata, const char *key, const char *value)
{
	struct unit_conf *uc = userdata;

	if (str_eq(key, "OnRestoreFailure"))
		return set_failure(uc, value);
	if (str_eq(key, "TCPEstablished"))
		return set_bool(&uc->tcp_established, value);
	if (str_eq(key, "ExternalStreams"))
		return set_streams(uc, value);
	if (str_eq(key, "SettleSec"))
		return conf_timeout(&uc->settle_usec, value);
	if (str_eq(key, "DumpTimeoutSec"))
		return conf_timeout(&uc->dump_timeout_usec, value);
	if (str_eq(key, "RestoreTimeoutSec"))
		return conf_timeout(&uc->restore_timeout_usec, value);
	if (str_eq(key, "BootTimeoutSec"))
		return conf_timeout(&uc->boot_timeout_usec, value);
	return "unknown key";
}

unsigned int unit_conf_parse(struct unit_conf *uc, const char *text, const char **ret_problem)
{
	return conf_lines(text, set_key, uc, ret_problem);
}

static void load(const struct conf *c, const char *name, struct unit_conf *uc)
{
	char *path __cleanup(freep) = str_printf("%s/%s.conf", c->units_dir, name);
	char *text __cleanup(freep) = NULL;
	const char *problem;
	unsigned int line;
	int r = path ? read_file(path, CONF_MAX, &text, NULL) : -ENOMEM;

	if (r == -ENOENT)
		return;
	if (r < 0) {
		log_warning("Cannot read %s: %s", str_or(path), strerror(-r));
		return;
	}
	line = unit_conf_parse(uc, text, &problem);
	if (line)
		log_warning("%s:%u: %s; the rest is ignored", path, line, problem);
}

void unit_conf_load(const struct conf *c, const char *unit, struct unit_conf *ret)
{
	const char *at = strchr(unit, '@');
	char *template __cleanup(freep) = NULL;

	*ret = (struct unit_conf){
		.dump_timeout_usec = c->dump_timeout_usec,
		.restore_timeout_usec = c->restore_timeout_usec,
		.boot_timeout_usec = c->boot_timeout_usec,
		.tcp_established = true,
		.settle_usec = USEC_PER_SEC,
	};
	if (at)
		template = str_printf("%.*s%s", (int)(at + 1 - unit), unit, strrchr(unit, '.'));
	if (template)
		load(c, template, ret);
	load(c, unit, ret);
}

/* --- enabled units -------------------------------------------------------------------------- */

/* An enabled unit has an empty file here. */
static char *path_enabled(const struct conf *c, const char *unit)
{
	return str_printf("%s/enabled/%s", c->state_dir, unit);
}

int unit_enable(const struct conf *c, const char *unit)
{
	char *dir __cleanup(freep) = str_printf("%s/enabled", c->state_dir);
	char *path __cleanup(freep) = path_enabled(c, unit);

	return dir && path ? make_empty_file(dir, path, O_EXCL) : -ENOMEM;
}

int unit_disable(const struct conf *c, const char *unit)
{
	char *path __cleanup(freep) = path_enabled(c, unit);

	if (!path)
		return -ENOMEM;
	return unlink(path) < 0 ? -errno : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int units_enabled(const struct conf *c, char ***ret, size_t *ret_n)
{
	char *dir __cleanup(freep) = str_printf("%s/enabled", c->state_dir);
	DIR *d = dir ? opendir(dir) : NULL;
	struct dirent *de;
	char **v = NULL;
	size_t n = 0;
	int r = 0;

	while (d && !r && (de = readdir(d)))
		if (!unit_name_problem(de->d_name) || !slice_name_problem(de->d_name))
			r = n < UNITS_MAX ? pb_append_str(&n, &v, de->d_name) : -E2BIG;
	if (d)
		closedir(d);
	if (r < 0) {
		for (size_t i = 0; i < n; i++)
			free(v[i]);
		free(v);
		return r;
	}
	if (n)
		qsort(v, n, sizeof(*v), compare);
	*ret = v;
	*ret_n = n;
	return 0;
}
