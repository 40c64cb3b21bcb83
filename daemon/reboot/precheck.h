/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kexec-reboot needs, checked before anything is touched. */
#ifndef PRAM_REBOOT_PRECHECK_H
#define PRAM_REBOOT_PRECHECK_H

#include <stdbool.h>

#include "pram.pb-c.h"

struct manager;

/* Appends one check to a report. */
void precheck_add(Pram__KexecReport *rep, const char *what, bool ok, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* The last check failed for that reason of lib/reasons.h. */
void precheck_set_reason(Pram__KexecReport *rep, const char *reason);

/* All checks that need no other program. -ENOMEM. */
int precheck_run(struct manager *m, const Pram__KexecRequest *req, uint32_t client_pid,
		 Pram__KexecReport *rep);

/* The first that failed, or NULL. */
const Pram__Check *precheck_failed(const Pram__KexecReport *rep);

/* Is unit @name among those that may, if they cannot be kept? */
bool precheck_may_start_fresh(const Pram__KexecRequest *req, const char *name);

/* What "systemctl is-system-running" prints: the machine is up and not going down. */
bool precheck_system_state_ok(const char *state);

#endif /* PRAM_REBOOT_PRECHECK_H */
