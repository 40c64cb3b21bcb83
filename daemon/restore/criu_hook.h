/* SPDX-License-Identifier: GPL-2.0-only */
/* The post-restore hook of CRIU: pramd fills shared memory before any process runs. */
#ifndef PRAM_RESTORE_CRIU_HOOK_H
#define PRAM_RESTORE_CRIU_HOOK_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct manager;
struct restore;

/* The environment variable for the hook, allocated. NULL: no hook is needed. */
int restore_hook_env(struct restore *rs, char **ret);

/* Handles a request of the hook. Returns false if it does not belong to a restore. */
bool restore_hook(struct manager *m, struct client *client, uint64_t token);

/* A client has disconnected; it may be the hook. */
void restore_client_gone(struct manager *m, struct client *client);

/*
 * CRIU has ended. Returns true if pramd still fills shared memory for the hook; the step run-criu
 * ends when that is done. If CRIU did not run the hook, the restore fails.
 */
bool restore_hook_pending(struct restore *rs);

#endif /* PRAM_RESTORE_CRIU_HOOK_H */
