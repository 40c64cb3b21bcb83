/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of pramctl check and enable. request_units.c fills it, units_result.c tells the result.
 */
#ifndef PRAM_PRAMD_UNITS_JOB_H
#define PRAM_PRAMD_UNITS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pram.pb-c.h"

struct job;
struct rehearsal;

/* Why an entry cannot be kept. */
struct problem {
	char *text;
	const char *reason;	/* short name, or NULL */
};

/* A service or slice that the user has named. */
struct entry {
	struct units_job *u;
	struct problem *problems;
	size_t n_problems;
	bool failed;		/* there was no memory for a problem */
	char *log;		/* CRIU's, or NULL */
	const char *note;
	char **services;	/* that it means; another entry may mean some of them, too */
	size_t n_services;
	size_t rehearsed;	/* services that were rehearsed */
	uint64_t paused_usec;	/* the longest pause of a service */
};

struct units_job {
	struct job *job;
	bool enable;
	Pram__UnitsRequest *req;
	struct entry *entries;	/* one for each name of the request */
	struct rehearsal *rehearsal;
};

/* Enables what can be kept, if that was asked for, and ends the job. For rehearsal_run(), too. */
void units_job_finish(void *userdata);

#endif /* PRAM_PRAMD_UNITS_JOB_H */
