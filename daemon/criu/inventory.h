/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two changes to CRIU's images.
 *
 * A task that had a user namespace of its own would be
 * restored in a new one, where nobody may choose pids: CRIU can do that only together with
 * a new pid namespace. What a restore need not make anew it takes from CRIU, and that it
 * is the same is a matter of numbers: the inventory has CRIU's namespaces, ids-PID.img the
 * tasks'. So the inventory is given the tasks' number, and they get CRIU's namespace.
 *
 * And the inventory says how packets are held off. Where there is no connection nothing need be
 * let through again: to be told by nftables that there is no such table takes the kernel a grace period,
 * and the service waits for it.
 */
#ifndef PRAM_INVENTORY_H
#define PRAM_INVENTORY_H

#include <stddef.h>
#include <stdint.h>

/* In the images directory @dir; the same below. -EBADMSG: an image is not as CRIU 4 writes it. */
int inventory_share_user_namespace(int dir, uint32_t root_pid);

/* There is no table of nftables' to remove at the restore. */
int inventory_skip_network_lock(int dir);

/* What CRIU calls its run, and so names its table of nftables' by: a new string. */
int inventory_run_id(int dir, char **ret);

/* The two changes, for the contents of the files: a new buffer in @ret. */
int inventory_without_network_lock(const uint8_t *inventory, size_t len, uint8_t **ret,
				   size_t *ret_len);
int inventory_with_user_namespace(const uint8_t *inventory, size_t len, const uint8_t *ids,
				  size_t ids_len, uint8_t **ret, size_t *ret_len);

#endif /* PRAM_INVENTORY_H */
