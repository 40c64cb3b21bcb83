/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to checkpoints, for the journal, each with a message id: see pramd(8). */
#ifndef PRAM_CORE_JOURNAL_H
#define PRAM_CORE_JOURNAL_H

#include "log.h"

enum journal_id {
	JOURNAL_NONE,	/* no event */
	JOURNAL_CHECKPOINTED,
	JOURNAL_CHECKPOINT_FAILED,
	JOURNAL_RESTORED,
	JOURNAL_RESTORE_FAILED,
	JOURNAL_CORRUPT,
	JOURNAL_KEXEC,
	JOURNAL_KEXEC_FAILED,
	JOURNAL_FRESH,
	JOURNAL_REPORT,
	JOURNAL_LOST,
};

/*
 * @name: the checkpoint, or NULL if the entry is about none. Logs to standard error without a
 * journal.
 */
void journal_event(enum journal_id id, int priority, const char *name, const char *fmt, ...)
	__printf_like(4, 5);

#endif /* PRAM_CORE_JOURNAL_H */
