// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "criu/command.h"
#include "sandbox/enter.h"
#include "str.h"

#define ARGV_MAX 192

struct argv {
	char *v[ARGV_MAX + 1];
	size_t n;
	bool err;
};

static void add(struct argv *a, const char *s)
{
	if (a->n < ARGV_MAX)
		a->v[a->n] = strdup(s);
	if (a->n >= ARGV_MAX || !a->v[a->n])
		a->err = true;
	else
		a->n++;
}

static void add2(struct argv *a, const char *option, const char *value)
{
	add(a, option);
	add(a, value);
}

/*
 * CRIU executes the hook before and after it has entered the unit, so the path must be valid in
 * both places.
 */
static void add_hook(struct argv *a, const struct criu_args *args)
{
	char *path __cleanup(freep) = str_printf(SANDBOX_HOST_ROOT "%s", args->conf->hook);

	add(a, "--action-script");
	if (!path)
		a->err = true;
	else
		add(a, args->unit ? path : args->conf->hook);
}

static char **finish(struct argv *a)
{
	char **v = a->err ? NULL : calloc(a->n + 1, sizeof(*v));

	if (v)
		memcpy(v, a->v, a->n * sizeof(*v));
	else
		for (size_t i = 0; i < a->n; i++)
			free(a->v[i]);
	return v;
}

/* Options that dump and restore have in common. */
static void add_common(struct argv *v, const struct criu_args *a, const char *log)
{
	add2(v, "-D", a->images);
	add2(v, "-W", a->logs);
	add2(v, "-o", log);
	add(v, "-v4");
	/*
	 * systemd owns the control groups: the tree is restored in a scope or in its service.
	 * CRIU must not create any.
	 */
	add(v, "--manage-cgroups=ignore");
	/* Both only allow what CRIU would refuse otherwise. */
	add(v, "--file-locks");
	add(v, "--ext-unix-sk");
	if (a->options->shell_job)
		add(v, "--shell-job");
	if (a->options->tcp_established)
		add(v, "--tcp-established");
	if (a->options->tcp_close)
		add(v, "--tcp-close");
	if (a->conf->criu_lib[0])
		add2(v, "--lib", a->conf->criu_lib);
}

/* Outside files: the dump declares them as external, the restore passes descriptors for them. */
static void add_outside(struct argv *v, const struct criu_args *a, bool restore)
{
	for (size_t i = 0; a->unit && i < a->unit->n_outside; i++) {
		const char *id = a->unit->outside[i]->id;
		char *fd __cleanup(freep) = NULL;

		if (!restore) {
			add2(v, "--external", id);
			continue;
		}
		fd = str_printf("fd[%d]:%s", a->outside[i], id);
		if (fd)
			add2(v, "--inherit-fd", fd);
		v->err |= !fd;
	}
}

char **criu_dump_argv(const struct criu_args *a)
{
	struct argv v = {};
	char pid[16];

	snprintf(pid, sizeof(pid), "%" PRIu32, a->pid);
	add(&v, a->conf->criu);
	add(&v, "dump");
	add2(&v, "-t", pid);
	add_common(&v, a, CRIU_DUMP_LOG);
	/*
	 * Deleted files: linked into the file system where possible, otherwise copied up to this
	 * size.
	 */
	add(&v, "--link-remap");
	add2(&v, "--ghost-limit", "64M");
	add_hook(&v, a);
	add_outside(&v, a, false);
	/*
	 * nftables is used through its library; for iptables CRIU would run a command. The
	 * restore finds the method in the inventory.
	 */
	if (a->options->tcp_established)
		add2(&v, "--network-lock", "nftables");
	if (a->options->leave_running)
		add(&v, "--leave-running");
	return finish(&v);
}

/*
 * The scope comes from systemd-run instead of a D-Bus call. It moves itself into the new scope
 * and then executes CRIU. It needs no bus daemon, does not block pramd, and can be repeated by
 * hand.
 */
static void add_scope(struct argv *v, const struct criu_args *a)
{
	add(v, "systemd-run");
	add(v, "--scope");
	add(v, "--quiet");
	add(v, "--collect");
	add2(v, "--unit", a->scope);
	add2(v, "--description", a->description);
	add(v, "--");
}

char **criu_restore_argv(const struct criu_args *a)
{
	struct argv v = {};

	if (!a->unit)
		add_scope(&v, a);
	add(&v, a->conf->criu);
	add(&v, "restore");
	add_common(&v, a, CRIU_RESTORE_LOG);
	if (a->hook)
		add_hook(&v, a);
	add_outside(&v, a, true);
	add(&v, "--restore-detached");
	return finish(&v);
}
