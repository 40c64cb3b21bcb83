// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/describe.h"
#include "unit/outside_files.h"
#include "pb.h"
#include "pluginfiles.h"
#include "str.h"
#include "strv.h"

int unit_describe(const struct unit_info *u, const struct unit_conf *uc, Pram__Manifest *mf)
{
	Pram__Unit *unit = PB_NEW(Unit);

	if (!unit)
		return -ENOMEM;
	mf->unit = unit;
	if (pb_str(&unit->name, u->id) < 0 || pb_str(&unit->fragment, u->fragment) < 0)
		return -ENOMEM;
	pb_set(unit, device_policy, !str_eq(str_or(u->device_policy), "auto"));
	pb_set(unit, fresh, uc->fresh);
	pb_set(unit, restore_timeout_usec, uc->restore_timeout_usec);
	pb_set(unit, user_namespace, u->private_users);
	for (char **p = u->sockets.names; p && *p; p++)
		if (pb_append_str(&unit->n_sockets, &unit->sockets, *p) < 0)
			return -ENOMEM;
	return outside_files(mf->processes, mf->n_processes, &unit->outside, &unit->n_outside);
}

char *unit_stream_env(const struct unit_info *u)
{
	const char *identifier = u->syslog_identifier;
	const char *slash = u->executable ? strrchr(u->executable, '/') : NULL;

	if (str_empty(identifier))
		identifier = slash ? slash + 1 : str_or(u->executable);
	return str_printf(ENV_STREAM "=%s\n%s\n%" PRId32 "\n%d", u->id, identifier,
			  u->syslog_priority, u->syslog_level_prefix);
}

/* --- run-time files ----------------------------------------------------------------------- */

static int exclude(char ***v, size_t *n, const Pram__KeptFile *f)
{
	int r = 0;

	for (size_t i = 0; i < f->n_paths && !r; i++) {
		char *option __cleanup(freep) = str_printf("--exclude=%s", f->paths[i]);

		r = option ? pb_append_str(n, v, option) : -ENOMEM;
	}
	return r;
}

int unit_save_argv(const Pram__Unit *unit, int root, const char *images, char *const *paths,
		   size_t n_paths, char ***ret)
{
	char *dir __cleanup(freep) = str_printf("--directory=/proc/self/fd/%d", root);
	char *file __cleanup(freep) = str_printf("--file=%s/" UNIT_FILES, images);
	/* tar ignores sockets: CRIU creates the path of a bound socket. */
	const char *const command[] = { "tar", "--create", "--numeric-owner", "--acls", "--xattrs",
					"--one-file-system", "--warning=no-file-ignored", file, dir,
					"--anchored", "--no-wildcards" };
	char **v = NULL;
	size_t n = 0;
	int r = file && dir ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < sizeof(command) / sizeof(command[0]); i++)
		r = pb_append_str(&n, &v, command[i]);
	for (size_t i = 0; !r && i < unit->n_kept; i++)
		r = exclude(&v, &n, unit->kept[i]);
	if (!r)
		r = pb_append_str(&n, &v, "--");
	for (size_t i = 0; !r && i < n_paths; i++)
		r = pb_append_str(&n, &v, paths[i]);
	*ret = strv_end(v, n, r);
	return r < 0 || *ret ? r : -ENOMEM;
}

char **unit_load_argv(const char *images, int root)
{
	char *dir __cleanup(freep) = str_printf("--directory=/proc/self/fd/%d", root);
	char *file __cleanup(freep) = str_printf("--file=%s/" UNIT_FILES, images);

	if (!dir || !file)
		return NULL;
	return strv_of("tar", "--extract", "--numeric-owner", "--same-owner",
		       "--preserve-permissions", "--acls", "--xattrs", file, dir, NULL);
}
