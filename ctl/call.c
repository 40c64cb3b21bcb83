// SPDX-License-Identifier: GPL-2.0-only
/* One request to pramd, and the progress until its result. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl.h"
#include "io.h"
#include "str.h"
#include "wire.h"

struct progress {
	bool tty;
	bool open;		/* a line that is not ended */
	bool going_down;
	char last[128];		/* step that was told last, where it is not a terminal */
};

static int connect_to(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	return fd;
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
	p->going_down |= m->step && str_eq(m->step, "going down");
	if (p->tty) {
		fprintf(stderr, "\r\033[K%s%s", line, amount);
		p->open = true;
	} else if (strncmp(p->last, line, sizeof(p->last) - 1) != 0) {
		/* A line a step; how far it got is of no use in a log. */
		fprintf(stderr, "%s\n", line);
		snprintf(p->last, sizeof(p->last), "%.*s", (int)sizeof(p->last) - 1, line);
	}
	fflush(stderr);
}

static void end_progress(struct progress *p)
{
	if (p->open)
		fputs("\r\033[K", stderr);
	p->open = false;
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
		} else if (!quiet) {
			show_progress(p, rsp->progress);
		} else {
			p->going_down |= rsp->progress->step &&
					 str_eq(rsp->progress->step, "going down");
		}
		pb_free(rsp);
		if (*ret)
			break;
	}
	end_progress(p);
	wire_buf_deinit(&buf);
	return r;
}

/* pramd was stopped with the machine: that is how a kexec-reboot succeeds. */
static int going_down(Pram__Result **ret)
{
	*ret = PB_NEW(Result);
	if (!*ret)
		return PRAM__CODE__CODE_FAILED;
	pb_set(*ret, code, PRAM__CODE__CODE_OK);
	pb_str(&(*ret)->message, "going down");
	return PRAM__CODE__CODE_OK;
}

int ctl_call(struct ctl *ctl, Pram__Request *req, Pram__Result **ret)
{
	struct progress p = { .tty = isatty(STDERR_FILENO) };
	int fd __cleanup(fd_closep) = -1;
	int r = -ENOMEM;

	if (geteuid() != 0) {
		pb_free(req);
		return ctl_fail(ctl, PRAM__CODE__CODE_NOT_ROOT, "only root can do that");
	}
	*ret = NULL;
	if (req) {
		fd = connect_to(ctl->socket);
		if (fd < 0) {
			pb_free(req);
			return ctl_fail(ctl, PRAM__CODE__CODE_NO_DAEMON,
					"cannot reach pramd (%s): %s; try systemctl start "
					"pramd.socket",
					ctl->socket, strerror(-fd));
		}
		r = wire_send(fd, &req->base, WIRE_REQUEST_MAX);
		pb_free(req);
	}
	if (!r)
		r = receive(fd, &p, ctl->json, ret);
	if (r < 0 && p.going_down)
		return going_down(ret);
	if (r < 0)
		return ctl_fail(ctl, PRAM__CODE__CODE_NO_DAEMON, "pramd: %s", strerror(-r));
	return PRAM__CODE__CODE_OK;
}

static void print_result(const Pram__Result *result, void (*print)(const Pram__Result *result))
{
	/* What a report says line by line need not be said again, unless it went wrong. */
	if (print)
		print(result);
	fflush(stdout);
	if (result->code) {
		fprintf(stderr, "pramctl: %s\n", fmt_or(result->message, "failed"));
		if (result->log)
			fprintf(stderr, "pramctl: see %s\n", result->log);
	} else if (!print && result->message) {
		puts(result->message);
	}
}

int ctl_run(struct ctl *ctl, Pram__Request *req, void (*print)(const Pram__Result *result))
{
	Pram__Result *result __cleanup(pb_freep) = NULL;
	int r = ctl_call(ctl, req, &result);

	if (r)
		return r;
	if (ctl->json)
		json_print(&result->base);
	else
		print_result(result, print);
	return (int)result->code;
}
