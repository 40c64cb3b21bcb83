/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests that take time. Jobs are queued and run one at a time. A job that runs does not depend
 * on its client: if the client disconnects, the job goes on to its end. A job that still waits is
 * withdrawn then. Restores of units run outside the queue, because a kexec-reboot in the queue may
 * have failed and wait for them.
 */
#ifndef PRAM_CORE_JOB_H
#define PRAM_CORE_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "macro.h"
#include "pram.pb-c.h"

#define JOBS_MAX 16	/* of clients; pramd's own are not limited */

struct client;
struct job;
struct manager;

/*
 * The result of one checkpoint or restore within a job. The strings are valid during the call
 * only.
 */
struct outcome {
	Pram__Code code;
	const char *name;
	const char *message;
	const char *reason;	/* its name in lib/reasons.h if it failed, or NULL; static */
	const char *log;
	uint32_t pid;
	uint64_t outage_usec;
	uint64_t frozen_usec;	/* of a dump that has failed: how long the tree was frozen */
};

typedef void (*outcome_t)(void *userdata, const struct outcome *outcome);
typedef void (*job_step_t)(void *userdata);

struct job {
	struct job *next;
	struct manager *m;
	struct client *client;	/* NULL: it has disconnected */
	uint32_t client_pid;
	Pram__Request *req;
	Pram__Result *result;
	char *title;
	void (*start)(struct job *job);
	bool started;
	bool unqueued;		/* runs outside the queue */
	void *priv;		/* data of this kind of job */
	void (*free_priv)(void *priv);
	sd_event_source *defer;
	job_step_t step;
	void *step_data;
};

/*
 * Appends a job to the queue and takes @req over. If the queue is full, the client gets an error
 * and there is no job. Without a client the queue is never full.
 */
void job_add(struct manager *m, struct client *client, Pram__Request *req, const char *title,
	     void (*start)(struct job *job));

/*
 * The same, but the job starts at once, outside the queue. For work that a job in the queue may
 * wait for. It must not touch checkpoints that other jobs work on.
 */
void job_add_unqueued(struct manager *m, struct client *client, Pram__Request *req,
		      const char *title, void (*start)(struct job *job));

/* Calls @step once, from the event loop, so that other event sources get a turn. */
void job_next(struct job *job, job_step_t step, void *userdata);

/* Sends progress to the client. @total: 0 if it is unknown. */
void job_progress(struct job *job, const char *name, const char *step, uint64_t done,
		  uint64_t total);

/*
 * Sends the result and frees the job, later from the event loop. @message: NULL keeps the message
 * that is set.
 */
void job_finish(struct job *job, Pram__Code code, const char *message);

/* The same with a message that is formatted. */
void job_finish_text(struct job *job, Pram__Code code, const char *fmt, ...) __printf_like(3, 4);

/* Called when a client disconnects. Its job goes on, or is withdrawn if it has not started. */
void job_client_gone(struct client *client);

/* Sends the result now. The job goes on without a client. */
void job_answer_early(struct job *job, Pram__Code code, const char *message);

/* Appends the outcome as an item to the job's result. */
void job_add_item(struct job *job, const struct outcome *outcome);

/* Refuses all jobs that have not started. The running job goes on. */
void jobs_cancel_waiting(struct manager *m);
void jobs_free(struct manager *m);

#endif /* PRAM_CORE_JOB_H */
