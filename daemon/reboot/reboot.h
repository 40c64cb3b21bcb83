/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec-reboot: keeps all registered trees and enabled units, and boots the next kernel by kexec.
 * The steps are in reboot.c.
 */
#ifndef PRAM_REBOOT_REBOOT_H
#define PRAM_REBOOT_REBOOT_H

struct job;
struct step_table;

extern const struct step_table kexec_table;

void kexec_start(struct job *job);

#endif /* PRAM_REBOOT_REBOOT_H */
