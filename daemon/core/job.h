/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that take time. They queue up, one runs at a time, and none is
 * bound to its client: it ends well whether or not anybody waits for it. Units
 * are restored beside the queue, since a kexec-reboot that failed waits for them.
 */
#ifndef PRAM_CORE_JOB_H
#define PRAM_CORE_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "pram.pb-c.h"

#define JOBS_MAX 16

struct client;
struct job;
struct manager;

/* What came of a checkpoint or a restore within a job. Strings last for the call only. */
struct outcome {
	Pram__Code code;
	const char *name;
	const char *message;
	const char *log;
	uint32_t pid;
	uint64_t outage_usec;
};

typedef void (*outcome_t)(void *userdata, const struct outcome *outcome);
typedef void (*job_step_t)(void *userdata);

struct job {
	struct job *next;
	struct manager *m;
	struct client *client;	/* NULL: gone */
	uint32_t client_pid;
	Pram__Request *req;
	Pram__Result *result;
	char *title;
	void (*start)(struct job *job);
	bool started;
	bool beside;		/* the queue */
	void *priv;		/* of the kind of job */
	void (*free_priv)(void *priv);
	sd_event_source *defer;
	job_step_t step;
	void *step_data;
};

/* Takes @req over, and says so to the client if the queue is full. */
void job_add(struct manager *m, struct client *client, Pram__Request *req, const char *title,
	     void (*start)(struct job *job));

/*
 * The same, but beside the queue and at once: for what a job in the queue may wait for.
 * It must keep to checkpoints that are nobody else's.
 */
void job_add_beside(struct manager *m, struct client *client, Pram__Request *req,
		    const char *title, void (*start)(struct job *job));

/* Calls @step once, from the event loop, so that others get a turn as well. */
void job_next(struct job *job, job_step_t step, void *userdata);

void job_progress(struct job *job, const char *name, const char *step, uint64_t done,
		  uint64_t total);

/* Sends the result and frees the job, from the event loop. @message: NULL keeps what is there. */
void job_finish(struct job *job, Pram__Code code, const char *message);

/* The client is gone, and the job that works for it goes on without. */
void job_client_gone(struct client *client);

/* Sends the result of a job that will not see its end. */
void job_answer_early(struct job *job, Pram__Code code, const char *message);

/* The outcome as an item of the result. */
void job_add_item(struct job *job, const struct outcome *outcome);

/* Those that wait are refused; the one that runs goes on. */
void jobs_cancel_waiting(struct manager *m);
void jobs_free(struct manager *m);

#endif /* PRAM_CORE_JOB_H */
