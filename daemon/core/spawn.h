/* SPDX-License-Identifier: GPL-2.0-only */
/* A child process that is waited for without blocking, its output collected. */
#ifndef PRAM_CORE_SPAWN_H
#define PRAM_CORE_SPAWN_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

struct enter;
struct spawn;

struct spawn_result {
	int status;		/* exit code, or 128 + signal, or 127 if it could not be run */
	bool timed_out;
	const char *output;	/* the end of stdout and stderr together, trimmed */
};

typedef void (*spawn_done_t)(void *userdata, const struct spawn_result *result);

struct spawn_args {
	char *const *argv;
	int (*run)(void *userdata);	/* instead of @argv: its exit status; errors to stderr */
	char *const *env;	/* variables on top, "KEY=VALUE", or NULL */
	int keep_fd;		/* inherited by the child, or -1 */
	const int *keep_fds;	/* more of them */
	size_t n_keep_fds;
	const struct enter *enter;	/* where @run goes first, and @argv, which is CRIU's, by itself; or NULL */
	bool session_stays;	/* what it makes goes on in the child's session */
	uint64_t timeout_usec;	/* then SIGKILL */
	spawn_done_t done;	/* called from the event loop, at last; not after spawn_free() */
	void *userdata;
};

int spawn_new(sd_event *event, const struct spawn_args *args, struct spawn **ret);

/* Takes NULL. A child that runs is left alone. */
void spawn_free(struct spawn *s);

#endif /* PRAM_CORE_SPAWN_H */
