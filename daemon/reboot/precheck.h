/* SPDX-License-Identifier: GPL-2.0-only */
/* The checks of a kexec-reboot, made before anything is changed. */
#ifndef PRAM_REBOOT_PRECHECK_H
#define PRAM_REBOOT_PRECHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "reboot/precheck_report.h"
#include "pram.pb-c.h"

struct manager;

/* Makes all checks that need no other program. Returns a negative errno on failure. */
int precheck_run(struct manager *m, const Pram__KexecRequest *req, uint32_t client_pid,
		 Pram__KexecReport *rep);

/*
 * precheck_trees.c: the part of it about trees and units. Returns the bytes that their dumps need.
 */
uint64_t precheck_trees(struct manager *m, const Pram__KexecRequest *req, uint32_t client_pid,
			Pram__KexecReport *rep);

/* Is unit @name listed in --allow-fresh? */
bool precheck_may_start_fresh(const Pram__KexecRequest *req, const char *name);

/* @state: output of "systemctl is-system-running". True if the machine is up and not going down. */
bool precheck_system_state_ok(const char *state);

#endif /* PRAM_REBOOT_PRECHECK_H */
