/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why CRIU failed, out of its log and in the words of lib/reasons.h.
 *
 * The log holds paths and names that a hostile process has chosen, line feeds among them, which can
 * imitate an error of CRIU. So nothing of a line is shown but what a pattern captures: a number, or
 * a path that is escaped and short; a process is named only if it is one of the checkpoint.
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
 * Tells the first error in the log at @path that is known. If there is none, or no log: criu-dump or
 * criu-restore, with the log's path. @mf: of the checkpoint, whose processes are named.
 */
void criulog_tell(const char *path, enum criulog_of of, const Pram__Manifest *mf,
		  struct reason_told *ret);

/* The same of a stream that is at the beginning of the log at @path. */
void criulog_tell_stream(FILE *f, const char *path, enum criulog_of of, const Pram__Manifest *mf,
			 struct reason_told *ret);

/*
 * The error that a line holds: "(00.012345)     77: Error (criu/files.c:12): What went wrong" gives
 * "What went wrong", and the pid that stands in front, or 0. NULL: it is no error.
 */
const char *criulog_error(char *line, uint32_t *ret_pid);

/* CRIU's run id, by which it names what it makes; -ENOENT if the log does not say. */
int criulog_run_id(const char *path, char **ret);

#endif /* PRAM_CRIU_CRIU_LOG_H */
