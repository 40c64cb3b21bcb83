/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CRIU's inventory.img: the run's id is read, and two facts are changed.
 *
 * User namespace. CRIU would restore a task that had a user namespace of its own in a new one.
 * In a new user namespace CRIU has no permission to choose PIDs, unless it also makes a new PID
 * namespace. CRIU makes a namespace only if the task's number for it (ids-PID.img) differs from
 * CRIU's own (inventory). So the inventory gets the task's number, and the task runs in CRIU's
 * namespace.
 *
 * Network lock. The inventory has the method by which CRIU blocks packets. Without connections
 * nothing has to be unblocked at the restore. CRIU would ask nftables to remove a table that does
 * not exist, and the kernel answers after an RCU grace period, for which the service waits.
 */
#ifndef PRAM_CRIU_INVENTORY_H
#define PRAM_CRIU_INVENTORY_H

#include <stdint.h>

/*
 * All work in the images directory @dir. -EBADMSG: an image is not as CRIU 4 writes it, or
 * has no such field.
 */
int inventory_share_user_namespace(int dir, uint32_t root_pid);

/* Tells CRIU that there is no nftables table to remove at the restore. */
int inventory_skip_network_lock(int dir);

/* The id of CRIU's run, which names its nftables table: a new string. */
int inventory_run_id(int dir, char **ret);

#endif /* PRAM_CRIU_INVENTORY_H */
