/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a program that pramd ran has failed, in the words of lib/reasons.h. What the program printed
 * itself goes to the journal.
 */
#ifndef PRAM_CRIU_TOOL_REASON_H
#define PRAM_CRIU_TOOL_REASON_H

#include "core/spawn.h"
#include "core/steps.h"
#include "criu/criu_log.h"

enum tool {
	TOOL_KEXEC,		/* kexec -l */
	TOOL_SYSTEMCTL_KEXEC,
	TOOL_RELOAD,		/* systemctl daemon-reload */
	TOOL_SAVE,		/* tar, of a unit's run-time files */
	TOOL_LOAD,		/* the reverse */
	TOOL_CRIU_CHECK,
	TOOLS
};

void tool_tell(enum tool tool, const struct spawn_result *result, struct reason_told *ret);

/* The same as the reason why an operation fails. */
static inline void tool_failed(struct steps *s, enum tool tool, const struct spawn_result *result)
{
	struct reason_told told;

	tool_tell(tool, result, &told);
	steps_error_told(s, &told);
}

/*
 * The same for CRIU and what runs it, systemd-run or enter(): by CRIU's @log if it has got so far as
 * to write one.
 */
void criu_tell(const struct spawn_result *result, const char *log, enum criulog_of of,
	       const Pram__Manifest *mf, struct reason_told *ret);

/*
 * The journal gets what a program printed, line by line. Only the last lines of a long output.
 */
void tool_log(const char *what, const char *output);

#endif /* PRAM_CRIU_TOOL_REASON_H */
