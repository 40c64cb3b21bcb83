/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot loader has told the running kernel: /sys/kernel/boot_params/data. */
#ifndef PRAM_REBOOT_BOOT_PARAMS_H
#define PRAM_REBOOT_BOOT_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct boot_params_info {
	bool initrd;	/* the kernel was started with one */
	bool secure_boot;	/* it has verified that the firmware enforces Secure Boot */
};

/* Parses a struct boot_params. Returns false, and clears @ret, if it is not one. */
bool bootparams_parse(const uint8_t *buf, size_t len, struct boot_params_info *ret);

/* The same for the running kernel. Clears @ret if it cannot be read. */
void bootparams_read(struct boot_params_info *ret);

#endif /* PRAM_REBOOT_BOOT_PARAMS_H */
