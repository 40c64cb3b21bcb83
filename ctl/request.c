// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills in the bodies of requests from the parsed command line. The bodies of Request are a
 * union. Verbs that send the same type of message share one function, and the caller sets the
 * case. Each function returns 0 or an exit code after an error message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "name.h"
#include "str.h"

/* status, list, release, report */
int request_empty(const struct args *args, Pram__Request *req)
{
	req->list = PB_NEW(Empty);
	return req->list ? 0 : ctl_no_memory(args);
}

/* Checks and copies the operand NAME. */
static int set_name(const struct args *args, char **field)
{
	const char *name = args->operands.items[0];
	const char *problem = name_problem(name);

	if (problem)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE, "'%s' cannot be a name: %s", name,
				problem);
	return pb_str(field, name) < 0 ? ctl_no_memory(args) : 0;
}

/* show, remove, unregister */
int request_name(const struct args *args, Pram__Request *req)
{
	req->show = PB_NEW(NameRequest);
	return req->show ? set_name(args, &req->show->name) : ctl_no_memory(args);
}

/* checkpoint, register */
int request_tree(const struct args *args, Pram__Request *req)
{
	Pram__TreeRequest *body = PB_NEW(TreeRequest);

	req->checkpoint = body;
	if (body)
		body->options = PB_NEW(Options);
	if (!body || !body->options)
		return ctl_no_memory(args);
	if (!args->pid)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"--pid is missing: give the root process of the tree");
	if (args->tcp_established && args->tcp_close)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"--tcp-established and --tcp-close exclude each other");
	pb_set(body, pid, args->pid);
	if (args->tcp_established)
		pb_set(body->options, tcp_established, 1);
	if (args->tcp_close)
		pb_set(body->options, tcp_close, 1);
	if (args->shell_job)
		pb_set(body->options, shell_job, 1);
	if (args->leave_running)
		pb_set(body->options, leave_running, 1);
	return set_name(args, &body->name);
}

/* "redis-server" means redis-server.service, as with systemctl. */
static int add_units(const struct args *args, const struct arg_list *units, size_t *n,
		     char ***names)
{
	for (size_t i = 0; i < units->n; i++) {
		char *full __cleanup(freep) = NULL;
		const char *unit = units->items[i];
		int r = strchr(unit, '.') ? pb_str(&full, unit) :
					    pb_strf(&full, "%s.service", unit);

		if (r < 0 || pb_append_str(n, names, full) < 0)
			return ctl_no_memory(args);
	}
	return 0;
}

/* check, enable, disable */
int request_units(const struct args *args, Pram__Request *req)
{
	req->enable = PB_NEW(UnitsRequest);
	if (!req->enable)
		return ctl_no_memory(args);
	if (args->no_rehearsal)
		pb_set(req->enable, no_rehearsal, 1);
	return add_units(args, &args->operands, &req->enable->n_names, &req->enable->names);
}

int request_restore(const struct args *args, Pram__Request *req)
{
	Pram__RestoreRequest *body = PB_NEW(RestoreRequest);

	req->restore = body;
	if (!body)
		return ctl_no_memory(args);
	if (args->all == (args->operands.n == 1) || (args->boot && !args->all))
		return ctl_fail(args, PRAM__CODE__CODE_USAGE,
				"give the name of one checkpoint, or --all, or --all --boot");
	if (!args->all)
		return set_name(args, &body->name);
	pb_set(body, all, 1);
	if (args->boot)
		pb_set(body, boot, 1);
	return 0;
}

/* Makes the path absolute, since pramd has another working directory. */
static int set_path(const struct args *args, char **field, const char *option, const char *path)
{
	char *real __cleanup(freep) = NULL;

	if (!path)
		return 0;
	real = realpath(path, NULL);
	if (!real)
		return ctl_fail(args, PRAM__CODE__CODE_REFUSED,
				"--%s %s: %s; name a file that exists", option, path,
				strerror(errno));
	return pb_str(field, real) < 0 ? ctl_no_memory(args) : 0;
}

int request_kexec(const struct args *args, Pram__Request *req)
{
	Pram__KexecRequest *body = PB_NEW(KexecRequest);
	int r;

	req->kexec = body;
	if (!body)
		return ctl_no_memory(args);
	if (args->no_initrd && args->initrd)
		return ctl_fail(args, PRAM__CODE__CODE_USAGE, "give --initrd or --no-initrd, not both");
	r = set_path(args, &body->kernel, "kernel", args->kernel);
	if (!r)
		r = set_path(args, &body->initrd, "initrd", args->initrd);
	if (!r && args->append && pb_str(&body->append, args->append) < 0)
		r = ctl_no_memory(args);
	if (!r)
		r = add_units(args, &args->allow_fresh, &body->n_allow_fresh, &body->allow_fresh);
	if (args->reuse_cmdline)
		pb_set(body, reuse_cmdline, 1);
	if (args->dry_run)
		pb_set(body, dry_run, 1);
	if (args->no_rehearsal)
		pb_set(body, no_rehearsal, 1);
	if (args->no_initrd)
		pb_set(body, no_initrd, 1);
	return r;
}
