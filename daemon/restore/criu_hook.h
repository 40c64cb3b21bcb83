/* SPDX-License-Identifier: GPL-2.0-only */
/* CRIU's hook within a restore: shared memory gets its contents before anything runs. */
#ifndef PRAM_RESTORE_CRIU_HOOK_H
#define PRAM_RESTORE_CRIU_HOOK_H

#include <stdbool.h>
#include <stdint.h>

struct client;
struct manager;
struct restore;

/* What the hook is to find in its environment; NULL: it is not needed. */
int restore_hook_env(struct restore *rs, char **ret);

/* The hook has come; false: it is of no restore. */
bool restore_hook(struct manager *m, struct client *client, uint64_t token);

/* A client, maybe that hook, has gone. */
void restore_client_gone(struct manager *m, struct client *client);

/*
 * CRIU has ended. True: what the hook has begun goes on, and restore_put_back() is called when it is done;
 * where CRIU has not come to the hook, that is an error.
 */
bool restore_hook_pending(struct restore *rs);

#endif /* PRAM_RESTORE_CRIU_HOOK_H */
