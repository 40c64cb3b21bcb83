/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds in CRIU's log why CRIU failed, and expresses it by a reason of lib/reasons.h.
 *
 * The log contains paths and names that a hostile process has chosen. They may contain line feeds
 * and imitate an error of CRIU. So only what a pattern captures is shown: a number, or a path,
 * which is escaped and limited in length. A process is named only if it is in the checkpoint.
 */
#ifndef PRAM_CRIU_CRIU_LOG_H
#define PRAM_CRIU_CRIU_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "pram.pb-c.h"
#include "reasons.h"

enum criulog_of {
	CRIULOG_DUMP,
	CRIULOG_RESTORE,
};

/*
 * Reports the first known error in the log at @path. Without one, or without a log, the reason is
 * criu-dump or criu-restore, with the path of the log. @mf: the checkpoint; its processes may be
 * named.
 */
void criulog_tell(const char *path, enum criulog_of of, const Pram__Manifest *mf,
		  struct reason_told *ret);

/* The same for a stream that is at the beginning of the log at @path. */
void criulog_tell_stream(FILE *f, const char *path, enum criulog_of of, const Pram__Manifest *mf,
			 struct reason_told *ret);

/*
 * The error in a line: "(00.012345)     77: Error (criu/files.c:12): What went wrong" gives
 * "What went wrong" and the PID 77, or 0 if the line has no PID. NULL: the line is not an error.
 */
const char *criulog_error(char *line, uint32_t *ret_pid);

/*
 * CRIU's run id, which is part of the name of its nftables table. Read from the log for a CRIU that
 * was killed: it writes inventory.img, which also has the id, only at the end of a dump. The id is
 * not converted to sd_id128: it is compared with names of tables as CRIU writes it, and CRIU may
 * change its form. -ENOENT: it is not in the log.
 */
int criulog_run_id(const char *path, char **ret);

#endif /* PRAM_CRIU_CRIU_LOG_H */
