/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a program that pramd ran has failed, as a reason of lib/reasons.h. The output of the program
 * goes to the journal.
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
	TOOL_SAVE,		/* tar --create of a unit's run-time files */
	TOOL_LOAD,		/* tar --extract of the same */
	TOOL_CRIU_CHECK,
	TOOLS
};

/* Writes the output to the journal, and finds the reason in it. */
void tool_tell(enum tool tool, const struct spawn_result *result, struct reason_told *ret);

/* The same; the reason goes to the journal, too, because nobody waits for the result. */
void tool_log_failure(enum tool tool, const struct spawn_result *result);

/* The same; the reason becomes that of the operation. */
static inline void tool_failed(struct steps *s, enum tool tool, const struct spawn_result *result)
{
	struct reason_told told;

	tool_tell(tool, result, &told);
	steps_error_told(s, &told);
}

/*
 * The same for CRIU. The reason comes from CRIU's @log if there is one, otherwise from the output
 * of what starts CRIU: systemd-run, or pramd's own child that enters a sandbox.
 */
void criu_tell(const struct spawn_result *result, const char *log, enum criulog_of of,
	       const Pram__Manifest *mf, struct reason_told *ret);

/*
 * Writes the output of a program to the journal, line by line. Long output is cut to its last
 * lines.
 */
void tool_log(const char *what, const char *output);

#endif /* PRAM_CRIU_TOOL_REASON_H */
