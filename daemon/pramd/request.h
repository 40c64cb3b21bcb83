/* SPDX-License-Identifier: GPL-2.0-only */
/* What is asked: answered at once, or made a job of. */
#ifndef PRAM_PRAMD_REQUEST_H
#define PRAM_PRAMD_REQUEST_H

#include "pram.pb-c.h"

struct client;

/* Takes @req over. */
void request_handle(struct client *c, Pram__Request *req);

#endif /* PRAM_PRAMD_REQUEST_H */
