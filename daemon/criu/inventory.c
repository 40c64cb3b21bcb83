// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "criu/criu_image.h"
#include "criu/inventory.h"
#include "criu.pb-c.h"
#include "macro.h"
#include "pb.h"

#define INVENTORY_IMAGE "inventory.img"

#define NETWORK_LOCK_SKIP 2u	/* CRIU's number for --network-lock skip */

static int get_run_id(void *entry, void *arg)
{
	const Pram__Criu__InventoryEntry *inventory = entry;
	char **ret = arg;

	if (!inventory->dump_criu_run_id)
		return -EBADMSG;
	return pb_str(ret, inventory->dump_criu_run_id);
}

int inventory_run_id(int dir, char **ret)
{
	char *id = NULL;
	int r = criu_image_walk(dir, INVENTORY_IMAGE, &criu_image_inventory, get_run_id, &id);

	if (r < 0) {
		free(id);
		return r;
	}
	*ret = id;
	return 0;
}

static int skip_network_lock(void *entry, void *arg __unused_arg)
{
	Pram__Criu__InventoryEntry *inventory = entry;

	if (inventory->has_network_lock_method &&
	    inventory->network_lock_method == NETWORK_LOCK_SKIP)
		return 0;
	pb_set(inventory, network_lock_method, NETWORK_LOCK_SKIP);
	return 1;
}

int inventory_skip_network_lock(int dir)
{
	int r = criu_image_walk(dir, INVENTORY_IMAGE, &criu_image_inventory, skip_network_lock,
				NULL);

	return r < 0 ? r : 0;
}

static int get_user_namespace(void *entry, void *arg)
{
	const Pram__Criu__TaskKobjIdsEntry *ids = entry;
	uint32_t *ret = arg;

	if (!ids->has_user_ns_id)
		return -EBADMSG;
	*ret = ids->user_ns_id;
	return 0;
}

static int set_user_namespace(void *entry, void *arg)
{
	Pram__Criu__TaskKobjIdsEntry *ids = ((Pram__Criu__InventoryEntry *)entry)->root_ids;
	const uint32_t *user_ns = arg;

	if (!ids || !ids->has_user_ns_id)
		return -EBADMSG;
	if (ids->user_ns_id == *user_ns)
		return 0;
	ids->user_ns_id = *user_ns;
	return 1;
}

int inventory_share_user_namespace(int dir, uint32_t root_pid)
{
	uint32_t user_ns;
	char name[32];
	int r;

	snprintf(name, sizeof(name), "ids-%" PRIu32 ".img", root_pid);
	r = criu_image_walk(dir, name, &criu_image_ids, get_user_namespace, &user_ns);
	if (r < 0)
		return r;
	r = criu_image_walk(dir, INVENTORY_IMAGE, &criu_image_inventory, set_user_namespace,
			    &user_ns);
	return r < 0 ? r : 0;
}
