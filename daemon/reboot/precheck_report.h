/* SPDX-License-Identifier: GPL-2.0-only */
/* The list of checks in the report of a kexec-reboot. */
#ifndef PRAM_REBOOT_PRECHECK_REPORT_H
#define PRAM_REBOOT_PRECHECK_REPORT_H

#include <stdbool.h>

#include "pram.pb-c.h"

/* Appends one check to a report. */
void precheck_add(Pram__KexecReport *rep, const char *what, bool ok, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for what cannot be known: it does not fail, and is shown even if it is no dry run. */
void precheck_warn(Pram__KexecReport *rep, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Sets the reason, a short name of lib/reasons.def, of the check that was added last. */
void precheck_set_reason(Pram__KexecReport *rep, const char *reason);

/* The first check that failed, or NULL. */
const Pram__Check *precheck_failed(const Pram__KexecReport *rep);

#endif /* PRAM_REBOOT_PRECHECK_REPORT_H */
