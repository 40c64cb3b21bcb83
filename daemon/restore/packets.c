// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lets the packets of a checkpoint through that is not going to be restored. Otherwise CRIU does
 * this itself, at the end of its restore.
 */
#include "restore/restore.h"
#include "netlock/netlock.h"
#include "log.h"

void restore_release_packets(const Pram__Manifest *mf)
{
	struct netlock_error e;
	int r = mf->lock ? netlock_drop(mf->lock, &e) : 0;

	if (r < 0)
		log_error("Packets of %s stay blocked: %s%s", mf->name, e.text, e.nft);
}
