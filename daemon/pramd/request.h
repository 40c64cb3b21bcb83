/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests of clients: each is answered at once or becomes a job. */
#ifndef PRAM_PRAMD_REQUEST_H
#define PRAM_PRAMD_REQUEST_H

#include "pram.pb-c.h"

struct client;

/* Handles a request. Takes @req over. */
void request_handle(struct client *c, Pram__Request *req);

#endif /* PRAM_PRAMD_REQUEST_H */
