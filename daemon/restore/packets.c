// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets the packets of a checkpoint through that is not going to be restored. Otherwise CRIU does
 * this itself, at the end of its restore.
 */
#include "restore/restore.h"
#include "criu/tool_reason.h"
#include "netlock/netlock.h"
#include "log.h"

void restore_release_packets(const Pram__Manifest *mf)
{
	struct netlock_error e;
	int r = mf->lock ? netlock_drop(mf->lock, &e) : 0;

	if (r < 0) {
		log_error("Packets of %s stay blocked: %s. nft list tables shows the table to delete",
			  mf->name, e.text);
		tool_log("nft", e.nft);
	}
}
