// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/steps.h"
#include "dump/dump.h"
#include "dump/group.h"
#include "dump/rehearsal.h"
#include "str.h"

#define REHEARSED "it was only rehearsed"

struct rehearsal {
	struct dump_group *group;
	struct tree *trees;
	void (*ended)(void *userdata);
	void *userdata;
};

struct tree {
	struct tree *next;
	outcome_t done;
	void *userdata;
};

struct rehearsal *rehearsal_new(struct job *job)
{
	struct rehearsal *r = calloc(1, sizeof(*r));

	if (r)
		r->group = dump_group_new(job);
	if (r && !r->group) {
		free(r);
		return NULL;
	}
	return r;
}

void rehearsal_free(struct rehearsal *r)
{
	struct tree *t, *next;

	if (!r)
		return;
	for (t = r->trees; t; t = next) {
		next = t->next;
		free(t);
	}
	dump_group_free(r->group);
	free(r);
}

/* A dump that was called off at the end of the rehearsal has succeeded. */
static void on_done(void *userdata, const struct outcome *outcome)
{
	const struct tree *t = userdata;
	struct outcome told = *outcome;
	char text[64];

	if (outcome->code == PRAM__CODE__CODE_CALLED_OFF &&
	    str_eq(str_or(outcome->message), REHEARSED)) {
		snprintf(text, sizeof(text), "can be kept; it paused for %.2f s",
			 (double)outcome->frozen_usec / USEC_PER_SEC);
		told.code = PRAM__CODE__CODE_OK;
		told.message = text;
	}
	t->done(t->userdata, &told);
}

void rehearsal_add(struct rehearsal *r, struct dump_args *args, outcome_t done, void *userdata)
{
	struct tree *t = malloc(sizeof(*t));

	if (!t) {
		dump_not_started(args, -ENOMEM, done, userdata);
		return;
	}
	*t = (struct tree){ r->trees, done, userdata };
	r->trees = t;
	dump_group_add(r->group, args, on_done, t);
}

/* All trees run on. */
static void on_settled(void *userdata)
{
	const struct rehearsal *r = userdata;

	r->ended(r->userdata);
}

int rehearsal_run(struct rehearsal *r, void (*ended)(void *userdata), void *userdata)
{
	r->ended = ended;
	r->userdata = userdata;
	return dump_group_rehearse(r->group, REHEARSED, on_settled, r);
}
