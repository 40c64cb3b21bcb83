/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket and who is connected to it. One request a connection. */
#ifndef PRAM_CORE_SERVER_H
#define PRAM_CORE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "pram.pb-c.h"
#include "wire.h"

struct job;
struct manager;

#define CLIENTS_MAX 32
#define CLIENT_OUT_MAX (8u * 1024 * 1024)	/* not read yet; beyond it progress is dropped */
#define CLIENT_IDLE_USEC (30 * 1000000ULL)	/* to send a request, or to take an answer */

struct client {
	struct client *next;
	struct manager *m;
	int fd;
	uint32_t pid;		/* of the peer */
	sd_event_source *io;
	sd_event_source *timer;
	struct wire_buf in;
	struct wire_buf out;
	struct job *job;	/* that works for it, or NULL */
	bool asked;		/* the request came */
	bool answered;		/* closed when all is written */
};

/* What the server does not know: who answers, and who holds on to a client. */
struct server_handlers {
	/* Takes @req over, and answers sooner or later. */
	void (*request)(struct client *c, Pram__Request *req);
	/* The client is about to be freed. */
	void (*gone)(struct client *c);
};

/* Listens on m->listen_fd, or on a socket of its own if that is none. */
int server_start(struct manager *m, const struct server_handlers *handlers);
void server_stop(struct manager *m);

/* Frees @result. The client may be NULL (gone), and is not to be used after. */
void client_answer(struct client *c, Pram__Result *result);
void client_answer_code(struct client *c, Pram__Code code, const char *message);

/* Frees @progress. Dropped where the client reads too slowly. */
void client_progress(struct client *c, Pram__Progress *progress);

#endif /* PRAM_CORE_SERVER_H */
