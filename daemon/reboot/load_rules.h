/* SPDX-License-Identifier: GPL-2.0-only */
/* Which images the running kernel loads: lockdown, Secure Boot, and its configuration. */
#ifndef PRAM_REBOOT_LOAD_RULES_H
#define PRAM_REBOOT_LOAD_RULES_H

#include <stdbool.h>

struct load_rules {
	bool locked_down;	/* lockdown is integrity or confidentiality */
	bool secure_boot;
	char *config;	/* of the running kernel; NULL: unknown */
};

enum load_verdict { LOAD_PERMITTED, LOAD_UNKNOWN, LOAD_REFUSED };

/* Reads the rules of the running kernel. What cannot be read is taken for false, or unknown. */
void loadrules_read(struct load_rules *ret);
void loadrules_deinit(struct load_rules *rules);

/* Does /sys/kernel/security/lockdown, with this contents, name another state than "none"? */
bool loadrules_lockdown(const char *contents);

/* Would the kernel load an image without a signature? @ima: the file has a signature for IMA. */
enum load_verdict loadrules_unsigned(const struct load_rules *rules, bool ima);

#endif /* PRAM_REBOOT_LOAD_RULES_H */
