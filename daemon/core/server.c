// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/manager.h"
#include "core/server.h"
#include "io.h"
#include "log.h"
#include "pb.h"
#include "str.h"

static void client_free(struct client *c)
{
	struct manager *m = c->m;

	for (struct client **p = &m->clients; *p; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			m->n_clients--;
			break;
		}
	m->server_handlers->gone(c);
	sd_event_source_disable_unref(c->io);
	sd_event_source_disable_unref(c->timer);
	wire_buf_deinit(&c->in);
	wire_buf_deinit(&c->out);
	fd_close(c->fd);
	free(c);
}

/*
 * Returns false if the client was freed, because everything was written or the peer has
 * disconnected.
 */
static bool client_flush(struct client *c)
{
	int r = wire_buf_write(&c->out, c->fd);

	if (r == -EAGAIN) {
		sd_event_source_set_io_events(c->io, EPOLLIN | EPOLLOUT);
		return true;
	}
	if (r < 0 || c->answered) {
		client_free(c);
		return false;
	}
	sd_event_source_set_io_events(c->io, EPOLLIN);
	return true;
}

static int client_put(struct client *c, Pram__Response *rsp)
{
	int r = rsp ? wire_buf_put(&c->out, &rsp->base, WIRE_RESPONSE_MAX) : -ENOMEM;

	pb_free(rsp);
	return r;
}

/*
 * This only fills the buffer; the event loop writes it. So the client is not freed while the
 * caller still uses it.
 */
void client_answer(struct client *c, Pram__Result *result)
{
	Pram__Response *rsp;

	if (!c || !result) {
		pb_free(result);
		return;
	}
	rsp = PB_NEW(Response);
	if (rsp) {
		rsp->body_case = PRAM__RESPONSE__BODY_RESULT;
		rsp->result = result;
	} else {
		pb_free(result);
	}
	if (client_put(c, rsp) < 0)
		log_error("Cannot send an answer to a client: it is too large, or there is no memory");
	c->answered = true;
	c->job = NULL;
	sd_event_source_set_time_relative(c->timer, CLIENT_IDLE_USEC);
	sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT);
	sd_event_source_set_io_events(c->io, EPOLLIN | EPOLLOUT);
}

static void answer(struct client *c, Pram__Code code, const char *reason, const char *message)
{
	Pram__Result *result = PB_NEW(Result);

	if (!result)
		return;
	pb_set(result, code, code);
	pb_str(&result->reason, reason);
	pb_str(&result->message, message);
	client_answer(c, result);
}

void client_answer_code(struct client *c, Pram__Code code, const char *message)
{
	answer(c, code, NULL, message);
}

void client_answer_text(struct client *c, Pram__Code code, const char *fmt, ...)
{
	char *text __cleanup(freep) = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = str_vmessage(fmt, ap);
	va_end(ap);
	client_answer_code(c, code, text ? text : NO_MEMORY_FOR_REQUEST);
}

void client_answer_told(struct client *c, Pram__Code code, const struct reason_told *told)
{
	answer(c, code, told->name, told->text);
}

void client_progress(struct client *c, Pram__Progress *progress)
{
	Pram__Response *rsp;

	if (!c || !progress || c->answered || c->out.len > CLIENT_OUT_MAX / 2) {
		pb_free(progress);
		return;
	}
	rsp = PB_NEW(Response);
	if (!rsp) {
		pb_free(progress);
		return;
	}
	rsp->body_case = PRAM__RESPONSE__BODY_PROGRESS;
	rsp->progress = progress;
	client_put(c, rsp);
	sd_event_source_set_io_events(c->io, EPOLLIN | EPOLLOUT);
}

/* Handles the first frame, once it is complete. */
static void client_parse(struct client *c)
{
	const uint8_t *payload;
	Pram__Request *req;
	size_t len;
	ssize_t n = wire_parse(c->in.data, c->in.len, WIRE_REQUEST_MAX, &payload, &len);

	if (!n)
		return;
	c->asked = true;
	sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
	if (n < 0) {
		client_answer_code(c, PRAM__CODE__CODE_USAGE,
				   "the request is too large: name fewer services at once");
		return;
	}
	if (wire_unpack_request(payload, len, &req) < 0) {
		client_answer_code(c, PRAM__CODE__CODE_USAGE,
				   "pramd cannot read the request: pramctl and pramd are of different versions. "
				   "Restart pramd (systemctl restart pramd)");
		return;
	}
	c->m->server_handlers->request(c, req);
}

static void client_read(struct client *c)
{
	ssize_t n = wire_buf_read(&c->in, c->fd, WIRE_REQUEST_MAX);

	if (n == -EAGAIN)
		return;
	if (n <= 0 || c->asked) {
		/* The peer has disconnected or sent more than one request. It gets no answer. */
		client_free(c);
		return;
	}
	client_parse(c);
}

static int on_client(sd_event_source *source __unused_arg, int fd __unused_arg, uint32_t revents,
		     void *userdata)
{
	struct client *c = userdata;

	if (revents & EPOLLOUT && !client_flush(c))
		return 0;
	if (revents & (EPOLLIN | EPOLLHUP | EPOLLERR))
		client_read(c);
	return 0;
}

static int on_idle(sd_event_source *source __unused_arg, uint64_t usec __unused_arg,
		   void *userdata)
{
	client_free(userdata);
	return 0;
}

static int client_new(struct manager *m, int fd, const struct ucred *cred)
{
	struct client *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->m = m;
	c->fd = fd;
	c->pid = (uint32_t)cred->pid;
	c->next = m->clients;
	m->clients = c;
	m->n_clients++;
	r = sd_event_add_io(m->event, &c->io, fd, EPOLLIN, on_client, c);
	if (r >= 0)
		r = sd_event_add_time_relative(m->event, &c->timer, CLOCK_MONOTONIC,
					       CLIENT_IDLE_USEC, 0, on_idle, c);
	/* If the event loop was busy for as long, a request may have arrived: read it first. */
	if (r >= 0)
		r = sd_event_source_set_priority(c->timer, SD_EVENT_PRIORITY_IDLE);
	if (r < 0) {
		c->fd = -1;
		client_free(c);
		return r;
	}
	if (cred->uid != 0 && cred->uid != geteuid()) {
		c->asked = true;
		client_answer_code(c, PRAM__CODE__CODE_NOT_ROOT,
				   "only root may use pramd: try sudo pramctl");
	}
	return 0;
}

static int on_listen(sd_event_source *source __unused_arg, int fd,
		     uint32_t revents __unused_arg, void *userdata)
{
	struct manager *m = userdata;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (peer < 0)
		return 0;
	if (m->n_clients >= CLIENTS_MAX ||
	    getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    client_new(m, peer, &cred) < 0)
		fd_close(peer);
	return 0;
}

static int make_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	mode_t mask;
	int fd, r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return -ENAMETOOLONG;
	strcpy(sa.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	mask = umask(0177);
	r = bind(fd, (struct sockaddr *)&sa, sizeof(sa));
	umask(mask);
	if (r < 0 || listen(fd, CLIENTS_MAX) < 0) {
		r = -errno;
		fd_close(fd);
		return r;
	}
	return fd;
}

int server_start(struct manager *m, const struct server_handlers *handlers)
{
	m->server_handlers = handlers;
	if (m->listen_fd < 0)
		m->listen_fd = make_socket(m->conf.socket);
	if (m->listen_fd < 0)
		return m->listen_fd;
	return sd_event_add_io(m->event, &m->listen_source, m->listen_fd, EPOLLIN, on_listen, m);
}

void server_stop(struct manager *m)
{
	while (m->clients) {
		wire_buf_write(&m->clients->out, m->clients->fd);	/* without blocking */
		client_free(m->clients);
	}
	sd_event_source_disable_unref(m->listen_source);
	m->listen_source = NULL;
	m->listen_fd = fd_close(m->listen_fd);
}
