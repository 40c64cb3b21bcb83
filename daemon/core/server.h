/* SPDX-License-Identifier: GPL-2.0-only */
/* The socket and who is connected to it. One request a connection. */
#ifndef PRAM_CORE_SERVER_H
#define PRAM_CORE_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "macro.h"
#include "pram.pb-c.h"
#include "reasons.h"
#include "wire.h"

struct job;
struct manager;

/* In a kexec-reboot a hook waits for each tree, and at boot each unit waits for its restore. */
#define CLIENTS_MAX 4096
#define CLIENT_OUT_MAX (8u * 1024 * 1024)	/* unread bytes; beyond it progress is dropped */
#define CLIENT_IDLE_USEC (30 * 1000000ULL)	/* to send the request, and to read the answer */

/* The message if an allocation fails. */
#define NO_MEMORY_FOR_REQUEST "pramd has no memory for the request: free memory, and try again"

struct client {
	struct client *next;
	struct manager *m;
	int fd;
	uint32_t pid;		/* of the peer process */
	sd_event_source *io;
	sd_event_source *timer;
	struct wire_buf in;
	struct wire_buf out;
	struct job *job;	/* the job that works for this client, or NULL */
	bool asked;		/* the request has been received */
	bool answered;		/* the answer is queued; close when it is written */
};

/* Callbacks into the code that handles requests and that refers to clients. */
struct server_handlers {
	/* Takes @req over. Answers the client now or later. */
	void (*request)(struct client *c, Pram__Request *req);
	/* The client is about to be freed: drop references to it. */
	void (*gone)(struct client *c);
};

/*
 * Listens on m->listen_fd, or on a new socket if that is -1. Returns a negative errno on failure.
 */
int server_start(struct manager *m, const struct server_handlers *handlers);
void server_stop(struct manager *m);

/*
 * Queues the answer, after which the caller must not use the client. Takes @result over. @c may
 * be NULL: the client has disconnected.
 */
void client_answer(struct client *c, Pram__Result *result);
void client_answer_code(struct client *c, Pram__Code code, const char *message);
void client_answer_text(struct client *c, Pram__Code code, const char *fmt, ...)
	__printf_like(3, 4);
void client_answer_told(struct client *c, Pram__Code code, const struct reason_told *told);

/* Queues a progress message. Takes @progress over, and drops it if the client reads too slowly. */
void client_progress(struct client *c, Pram__Progress *progress);

#endif /* PRAM_CORE_SERVER_H */
