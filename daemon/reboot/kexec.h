/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kexec-reboot: everything is checked, the image loaded, every registered tree
 * checkpointed, and systemd asked to go down and jump.
 *
 *   CHECK ──► LOAD ──► DUMP each ──► systemctl kexec ──► (pramd is stopped)
 *     │         │         │               │ refused, or the machine does not go down
 *     └─ done   └─────────┴───────────────┴──► RESTORE each ──► kexec -u ──► failed
 */
#ifndef PRAM_REBOOT_KEXEC_H
#define PRAM_REBOOT_KEXEC_H

struct job;

void kexec_start(struct job *job);

#endif /* PRAM_REBOOT_KEXEC_H */
