// SPDX-License-Identifier: GPL-2.0-only
/* The time limit of a restore that the boot waits for. */
#include <time.h>

#include "checkpoint/ckpt.h"
#include "core/manager.h"
#include "restore/state.h"
#include "unit/conf.h"
#include "io.h"
#include "str.h"

/*
 * At boot, multi-user.target waits for each service. A restore that exceeds BootTimeoutSec= fails,
 * and OnRestoreFailure= applies. Later attempts have no such limit.
 */
void restore_set_limit(struct restore *rs)
{
	const Pram__Manifest *mf = rs->ckpt->manifest;
	struct unit_conf uc;

	if (mf->unit && !rs->ckpt->tried && !ckpt_of_this_boot(rs->m, mf)) {
		unit_conf_load(&rs->m->conf, mf->unit->name, &uc);
		rs->until_usec = now_usec(CLOCK_MONOTONIC) + uc.boot_timeout_usec;
	}
	rs->ckpt->tried = true;
}

uint64_t restore_limit(const struct restore *rs, uint64_t usec)
{
	uint64_t now = now_usec(CLOCK_MONOTONIC);
	uint64_t left;

	if (!rs->until_usec)
		return usec;
	/*
	 * At least 1 s for each step, so that the step that used up the time fails, not the one
	 * after it.
	 */
	left = rs->until_usec > now + USEC_PER_SEC ? rs->until_usec - now : USEC_PER_SEC;
	return usec < left ? usec : left;
}
