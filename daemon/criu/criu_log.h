/* SPDX-License-Identifier: GPL-2.0-only */
/* CRIU's own reason, out of its log. */
#ifndef PRAM_CRIU_CRIU_LOG_H
#define PRAM_CRIU_CRIU_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CRIULOG_REASON_MAX 512

/*
 * "(00.012345)     77: Error (criu/files.c:12): What went wrong\n" gives "What
 * went wrong". False: the line is no error, or one that only follows from another.
 */
bool criulog_line_reason(const char *line, char *ret, size_t size);

/* The first of them in a log; -ENOENT if there is none. */
int criulog_stream_reason(FILE *f, char *ret, size_t size);
int criulog_file_reason(const char *path, char *ret, size_t size);

/* By what CRIU names what it makes; -ENOENT if the log does not say. */
int criulog_run_id(const char *path, char **ret);

#endif /* PRAM_CRIU_CRIU_LOG_H */
