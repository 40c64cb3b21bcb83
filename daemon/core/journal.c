// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "core/journal.h"
#include "str.h"

static const char *const ids[] = {
	[JOURNAL_CHECKPOINTED] = "d0d56c9203b549dab757c6aa3ab35dbd",
	[JOURNAL_CHECKPOINT_FAILED] = "178e294b3ac64234b72a65418a4ae404",
	[JOURNAL_RESTORED] = "0078467e71974279b19ffbcf9a7693f2",
	[JOURNAL_RESTORE_FAILED] = "91a01973075442e49bbe3453a296c25f",
	[JOURNAL_CORRUPT] = "5bbd7e38fec7493ebac868336219bd7c",
	[JOURNAL_KEXEC] = "631683019727403aaca849de6645f373",
	[JOURNAL_KEXEC_FAILED] = "3b8c64afea8b4246a1fdbdaf09e9ac12",
	[JOURNAL_FRESH] = "6ec77cee98ed4f698d7404779a8ab95a",
	[JOURNAL_REPORT] = "a7fd2a1f4b814f84af4d14c0395f373b",
	[JOURNAL_LOST] = "253ddc2d692f42d9aceea49b4d506fdd",
};

void journal_event(enum journal_id id, int priority, const char *name, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = str_vmessage(fmt, ap);
	va_end(ap);
	if (!s)
		return;
	/*
	 * systemd sets JOURNAL_STREAM if standard error is connected to the journal. Without it
	 * there may be no journal.
	 */
	if (!getenv("JOURNAL_STREAM") ||
	    sd_journal_send("MESSAGE=%s", s, "PRIORITY=%i", priority, "MESSAGE_ID=%s", ids[id],
			    "PRAM_CHECKPOINT=%s", str_or(name), NULL) < 0)
		log_line(priority, "%s", s);
	free(s);
}
