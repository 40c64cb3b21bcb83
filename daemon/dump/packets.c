// SPDX-License-Identifier: GPL-2.0-only
/*
 * Saves CRIU's nftables table, so that packets are dropped until the restore, also in the next
 * kernel; see lib/netlock.
 */
#include "criu/inventory.h"
#include "criu/tool_reason.h"
#include "dump/state.h"
#include "netlock/netlock.h"
#include "io.h"
#include "log.h"
#include "str.h"

/*
 * Saves CRIU's nftables table, which drops the packets of the connections until they are restored.
 * If there is no connection, netlock_save() has deleted the empty table.
 */
int dump_save_network_lock(struct dump *d)
{
	Pram__Manifest *mf = d->manifest;
	char *run_id __cleanup(freep) = NULL;
	struct netlock_error e = {};
	int r = inventory_run_id(d->dir, &run_id);

	if (!r)
		r = netlock_save(run_id, &mf->lock, &e);
	if (!r && !mf->lock)
		r = inventory_skip_network_lock(d->dir);
	if (r < 0)
		steps_error_named(&d->steps, reasons[REASON_NETWORK_LOCK].name,
				  "cannot save the nftables table that drops the packets of its connections: %s",
				  *e.text ? e.text : strerror(-r));
	tool_log("nft", e.nft);
	return r;
}
