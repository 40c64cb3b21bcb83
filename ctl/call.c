// SPDX-License-Identifier: GPL-2.0-only
/* Sends one request to pramd, and shows progress until the result arrives. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "io.h"
#include "pb.h"
#include "str.h"
#include "wire.h"

struct progress {
	bool tty;
	bool open;		/* the line on the terminal has no line feed yet */
	bool going_down;	/* the machine shuts down for the kexec */
	char **lines;		/* those printed, if stderr is not a terminal */
	size_t n_lines;
};

/* Dumps that run at the same time report in turn, and one step of a dump reports often. */
static bool was_printed(struct progress *p, const char *line)
{
	if (pb_has_str(p->n_lines, p->lines, line))
		return true;
	pb_append_str(&p->n_lines, &p->lines, line);
	return false;
}

static void show_progress(struct progress *p, const Pram__Progress *m)
{
	char line[192], amount[64] = "";

	if (m->total)
		snprintf(amount, sizeof(amount), ", %s of %s", fmt_bytes(m->done),
			 fmt_bytes(m->total));
	snprintf(line, sizeof(line), "%s%s%s", str_or(m->name), m->name ? ": " : "",
		 str_or(m->step));
	str_sanitize(line);
	if (p->tty) {
		fprintf(stderr, "\r\033[K%s%s", line, amount);
		p->open = true;
	} else if (!was_printed(p, line)) {
		fprintf(stderr, "%s\n", line);
	}
	fflush(stderr);
}

static void end_progress(struct progress *p)
{
	if (p->open)
		fputs("\r\033[K", stderr);
	p->open = false;
	for (size_t i = 0; i < p->n_lines; i++)
		free(p->lines[i]);
	free(p->lines);
	p->lines = NULL;
	p->n_lines = 0;
}

static int receive(int fd, struct progress *p, bool quiet, Pram__Result **ret)
{
	struct wire_buf buf = {};
	Pram__Response *rsp;
	int r;

	while ((r = wire_recv_response(fd, &buf, &rsp)) == 0) {
		if (rsp->body_case == PRAM__RESPONSE__BODY_RESULT) {
			*ret = rsp->result;
			rsp->result = NULL;
			rsp->body_case = PRAM__RESPONSE__BODY__NOT_SET;
		} else {
			p->going_down |= str_eq(str_or(rsp->progress->step), "going down");
			if (!quiet)
				show_progress(p, rsp->progress);
		}
		pb_free(rsp);
		if (*ret)
			break;
	}
	end_progress(p);
	wire_buf_deinit(&buf);
	return r;
}

/* The shutdown has stopped pramd, so kexec-reboot has succeeded. */
static int going_down(const struct args *args, Pram__Result **ret)
{
	*ret = PB_NEW(Result);
	if (!*ret)
		return ctl_no_memory(args);
	pb_set(*ret, code, PRAM__CODE__CODE_OK);
	pb_str(&(*ret)->message, "going down");
	return PRAM__CODE__CODE_OK;
}

int ctl_call(const struct args *args, Pram__Request *req, Pram__Result **ret)
{
	struct progress p = { .tty = isatty(STDERR_FILENO) };
	int fd __cleanup(fd_closep) = -1;
	int r;

	*ret = NULL;
	if (geteuid() != 0) {
		pb_free(req);
		return ctl_fail(args, PRAM__CODE__CODE_NOT_ROOT,
				"pramctl must be run as root: try sudo pramctl");
	}
	fd = wire_connect(args->socket);
	if (fd < 0) {
		pb_free(req);
		return ctl_fail(args, PRAM__CODE__CODE_NO_DAEMON,
				"cannot connect to pramd at %s: %s; try 'systemctl start "
				"pramd.socket'",
				args->socket, strerror(-fd));
	}
	r = wire_send(fd, &req->base, WIRE_REQUEST_MAX);
	pb_free(req);
	if (!r)
		r = receive(fd, &p, args->json, ret);
	if (r < 0 && p.going_down)
		return going_down(args, ret);
	if (r < 0)
		return ctl_fail(args, PRAM__CODE__CODE_NO_DAEMON,
				"the connection to pramd broke: %s; see 'journalctl -u pramd'",
				strerror(-r));
	return PRAM__CODE__CODE_OK;
}
