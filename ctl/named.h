/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs whose only argument is a name: show, remove, unregister. */
#ifndef PRAM_NAMED_H
#define PRAM_NAMED_H

#include "ctl.h"

/* Sets the body of the request; @name is consumed. */
typedef void (*named_body_t)(Pram__Request *req, Pram__NameRequest *name);

int named_run(struct ctl *ctl, int argc, char **argv, named_body_t body,
	      void (*print)(const Pram__Result *result));

#endif /* PRAM_NAMED_H */
