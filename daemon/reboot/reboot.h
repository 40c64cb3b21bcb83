/* SPDX-License-Identifier: GPL-2.0-only */
/* kexec-reboot: all registered trees and enabled units are kept, and the machine jumps. The steps are in reboot.c. */
#ifndef PRAM_REBOOT_REBOOT_H
#define PRAM_REBOOT_REBOOT_H

struct job;
struct manager;
struct step_table;

extern const struct step_table kexec_table;

void kexec_start(struct job *job);

/* On pramd's start: unloads the image of an earlier instance that was killed before it could jump. */
void kexec_unload_left(struct manager *m);

#endif /* PRAM_REBOOT_REBOOT_H */
