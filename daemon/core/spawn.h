/* SPDX-License-Identifier: GPL-2.0-only */
/* A child process that is waited for without blocking, its output collected. */
#ifndef PRAM_CORE_SPAWN_H
#define PRAM_CORE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct spawn;

struct spawn_result {
	int status;		/* exit status, 128 + signal, or 127 if it could not be executed */
	bool timed_out;
	const char *output;	/* the last part of stdout and stderr, trimmed */
};

typedef void (*spawn_done_t)(void *userdata, const struct spawn_result *result);

struct spawn_args {
	char *const *argv;
	int (*run)(void *userdata);	/* instead of @argv; returns the exit status */
	char *const *env;	/* additional variables "KEY=VALUE", or NULL */
	int keep_fd;		/* descriptor that the child inherits, or -1 */
	const int *keep_fds;	/* more of these */
	size_t n_keep_fds;
	/* Called in the child before @argv or @run, or NULL. If it fails, the status is 127. */
	int (*prepare)(const void *arg);
	const void *prepare_arg;
	bool session_stays;	/* processes of the child stay in its session after it has ended */
	uint64_t timeout_usec;	/* then the child is killed */
	spawn_done_t done;	/* called once, from the event loop; not after spawn_free() */
	void *userdata;
};

/* Starts a child. @args is not used after the call. Returns a negative errno on failure. */
int spawn_new(sd_event *event, const struct spawn_args *args, struct spawn **ret);

/*
 * Runs a program with no other settings than these, and frees @argv; NULL means that there was no
 * memory for it. The child that *@spawn stands for is forgotten.
 */
int spawn_command(sd_event *event, char **argv, uint64_t timeout_usec, spawn_done_t done,
		  void *userdata, struct spawn **spawn);

/* Starts the time limit of the child anew, unless it has ended. @usec: 0 for no limit. */
void spawn_limit(struct spawn *s, uint64_t usec);

/* Forgets the child, which goes on running. @s may be NULL. */
void spawn_free(struct spawn *s);

#endif /* PRAM_CORE_SPAWN_H */
